"""The rulebook is pure: what it may import, and what its rules may do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from compliance.rulebook import FOLDER, rules
from tests.compliance.build import copy_package, run_python

MODULES = sorted(FOLDER.rglob("*.py"))
RULES = sorted((FOLDER / "rules").glob("*.py"))
#: All that the package may import; of the outside only the reader of YAML.
ALLOWED = {
    "__future__",
    "ast",
    "bisect",
    "collections",
    "compliance",
    "dataclasses",
    "datetime",
    "difflib",
    "functools",
    "hashlib",
    "importlib",
    "itertools",
    "json",
    "pathlib",
    "pkgutil",
    "string",
    "types",
    "typing",
    "unicodedata",
    "yaml",
}
#: What single modules need: the one command of the package talks to a terminal, a rule's fault is
#: told with its line, a name that is unknown with the nearest that is known.
ALONE = {"release.py": {"sys"}, "rule_checks.py": {"ast"}, "changed.py": {"difflib"}}
#: What a process that decides must not have loaded because of the rulebook.
BANNED = ("socket", "ssl", "random", "secrets", "sqlite3", "subprocess", "tempfile", "threading")


def _imported(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written out"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_it_imports_nothing_else(module: Path) -> None:
    assert _imported(module) <= ALLOWED | ALONE.get(module.name, set())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_nobody_reads_the_clock_or_reckons_in_floats(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today", "environ", "getenv"), node.lineno
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = node.func.id
            assert called not in ("float", "id", "hash", "eval", "exec"), node.lineno


@pytest.mark.parametrize("module", RULES, ids=lambda path: path.stem)
def test_a_rule_sees_nothing_but_facts(module: Path) -> None:
    """Rules import facts, days and the words of rules; they keep no state and know no other."""
    text = module.read_text(encoding="utf-8")
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module in (
                "__future__",
                "collections.abc",
                "compliance.calendar",
                "compliance.facts",
                "compliance.patterns",
                "compliance.rule",
                "compliance.uscc",
                "compliance.wording",
                "datetime",
                "typing",
            )
        assert not isinstance(node, ast.Import | ast.Global | ast.Nonlocal | ast.Div)
        if isinstance(node, ast.Name):
            assert node.id not in ("open", "print", "input", "getattr", "setattr", "sorted")
    if module.stem != "__init__":
        assert len(ast.get_docstring(tree) or "") > 100
        assert len(text.splitlines()) < 150


def test_rules_share_no_state() -> None:
    for rule in rules().values():
        assert rule.check.__closure__ is None
        assert rule.check.__defaults__ is None


def test_deciding_loads_nothing_it_should_not(tmp_path: Path) -> None:
    """In a process that has the package and YAML alone, without site packages of the service."""
    copy_package(tmp_path)
    code = f"""
import sys, yaml
before = set(sys.modules)
import compliance
from compliance.plain import plain_facts
from compliance import rendering
book = compliance.load()
for kind in compliance.rule.KINDS:
    compliance.decide(plain_facts(kind), book)
loaded = {{name.split(".")[0] for name in set(sys.modules) - before}}
print(sorted(loaded & set({BANNED!r}) | {{n for n in loaded if n in ("collectibles", "flask",
      "sqlalchemy", "marshmallow", "PIL", "requests", "time")}}))
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_deciding_opens_no_file_and_no_socket(tmp_path: Path) -> None:
    """Once a rulebook is loaded, a decision touches nothing outside the process."""
    copy_package(tmp_path)
    code = """
import sys
import compliance
from compliance.plain import plain_facts
from compliance.rule import KINDS
book = compliance.load()
facts = [plain_facts(kind) for kind in KINDS]
for each in facts:
    compliance.decide(each, book)
seen = []
sys.addaudithook(lambda event, arguments: seen.append(event))
for each in facts:
    for hours in range(0, 24 * 400, 24):
        compliance.decide(each._replace(at=each.at + hours * 3_600_000), book)
sys.stdout.write(repr(sorted(set(seen) - {"object.__getattr__"})))
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]"
