"""The shape of the project, as ARCHITECTURE.md and pyproject.toml claim it to be."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from collectibles.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("collectibles", "compliance", "bench", "tests", "migrations")
PYTHON = sorted([ROOT / "app.py", *(p for top in SOURCES for p in (ROOT / top).rglob("*.py"))])
PROGRAM = [
    path for path in PYTHON if path.relative_to(ROOT).parts[0] not in ("tests", "migrations")
]
TEXTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md"))]

MOST_LINES = 350
MOST_LINES_OF_A_FUNCTION = 60
#: Longer than that, looked at, and left so; each may have this many lines and no more.
REVIEWED = {
    "migrations/versions/0001_the_first_schema.py": 1_000,  # written by alembic
    "tests/ledger/build.py": 500,  # every kind of movement once, one after the other
    "tests/ledger/test_admission.py": 400,
    "tests/ledger/test_local_orderer.py": 500,
    "tests/ledger/test_machine.py": 500,
    "tests/ledger/test_merkle.py": 400,
    "tests/media/test_pictures.py": 450,
    "tests/payments/sandboxes.py": 400,
    "tests/services/test_gifts.py": 450,
    "tests/services/test_museum.py": 500,
    "tests/services/test_resales.py": 650,
}
EMPTY_NAMES = {"common", "core", "helper", "helpers", "lib", "manager", "misc", "stuff", "tools",
               "util", "utils"}  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Contracts of imports

#: For each contract a file, an import that breaks it, and the words that the report finds for it.
BREAKS = {
    "Layers of the service": ("collectibles/domain/money.py", "collectibles.services.report"),
    "The rulebook knows nothing": ("compliance/engine.py", "secrets"),
    "No rule knows another": ("compliance/rules/adult.py", "compliance.rules.real_name"),
    "What decides and what verifies": ("collectibles/ledger/machine.py", "random"),
    "`collectibles verify` needs": ("collectibles/ledger/verify.py", "requests"),
    "One door to the ledger": ("collectibles/web/shop.py", "collectibles.ledger.orderers.local"),
    "Only the ledger writes": ("collectibles/followers/editions.py",
                               "collectibles.ledger.storage.writer"),
    "The machine is used through": ("collectibles/services/report.py",
                                    "collectibles.ledger.machine"),
    "HTTP is for the web": ("collectibles/services/pay.py", "flask"),
    "Pictures are opened": ("collectibles/web/museum.py", "PIL.Image"),
    "The supervisor knows": ("collectibles/supervisor/locks.py", "collectibles.store.database"),
    "Providers of payment know": ("collectibles/payments/fields.py", "compliance.words"),
}  # fmt: skip


def check_imports(folder: Path) -> tuple[int, str]:
    """What import-linter says of the packages in `folder`."""
    code = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": os.defpath, "COLUMNS": "400"},
    )
    return done.returncode, done.stdout + done.stderr


def test_imports_point_the_way_they_should() -> None:
    code, said = check_imports(ROOT)
    assert code == 0, said
    assert " 0 broken" in said


def test_every_contract_would_be_broken_by_what_it_forbids(tmp_path: Path) -> None:
    for package in ("collectibles", "compliance"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, module in BREAKS.values():
        with (tmp_path / path).open("a", encoding="utf-8") as source:
            source.write(f"\nimport {module}\n")
    code, said = check_imports(tmp_path)
    assert code == 1, said
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [each["name"] for each in named["tool"]["importlinter"]["contracts"]]
    for contract in contracts:
        assert f"{contract} BROKEN" in said, contract
        (begins,) = [begins for begins in BREAKS if contract.startswith(begins)]
        path, module = BREAKS[begins]
        importer = path.removesuffix(".py").replace("/", ".")
        assert re.search(rf"{importer}.*{module.partition('.')[0]}", said), (importer, module)
    assert len(contracts) == len(BREAKS)


# Files and functions


def test_no_file_is_too_long_to_be_read() -> None:
    long = {}
    for path in PYTHON:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > REVIEWED.get(name_of(path), MOST_LINES):
            long[name_of(path)] = lines
    assert long == {}


def test_reviewed_files_are_still_long() -> None:
    for name in REVIEWED:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > MOST_LINES, name


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_too_long_to_be_seen() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in PYTHON
        if "versions" not in path.parts
        for node in _functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_every_module_is_named_for_what_it_does_and_says_what_it_is_for() -> None:
    for path in PYTHON:
        assert not EMPTY_NAMES & {*path.relative_to(ROOT).with_suffix("").parts}, name_of(path)
        text = path.read_text(encoding="utf-8")
        if text and path.name != "__init__.py":
            assert ast.get_docstring(ast.parse(text)), f"{name_of(path)} has no docstring"


def test_only_the_clock_reads_the_clock() -> None:
    """ruff bans the calls (TID251), and lets off nobody but clock.py."""
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    banned = set(ruff["lint"]["flake8-tidy-imports"]["banned-api"])
    assert banned >= {"time.time", "time.time_ns", "datetime.datetime.now", "datetime.date.today"}
    assert "TID" in ruff["lint"]["select"]
    off = {**ruff["lint"]["per-file-ignores"], **ruff["lint"]["extend-per-file-ignores"]}
    spared = {path for path, codes in off.items() if any(code[:3] == "TID" for code in codes)}
    assert spared == {"collectibles/clock.py"}
    for path in PROGRAM:
        assert "noqa: TID251" not in path.read_text(encoding="utf-8"), name_of(path)


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b")
    for path in [*PYTHON, *TEXTS]:
        found = marks.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{name_of(path)}: {found}"


# What the texts say


def test_the_commands_in_the_texts_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.M))
    commands = set(next(a for a in _parser()._actions if a.choices).choices or ())
    said_make, said_cli = set[str](), set[str]()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        said_make |= set(re.findall(r"(?:`|^)(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text, re.M))
        said_cli |= set(re.findall(r"(?:`|^|-m )collectibles ([a-z-]+)", text, re.M))
    assert {"run", "test"} <= said_make <= targets
    assert {"verify", "ledger"} <= said_cli <= commands


def test_files_named_in_the_texts_exist() -> None:
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        named = re.findall(r"`((?:collectibles|compliance|tests|docs|migrations)/[\w/.-]*)", text)
        for each in linked:
            assert (path.parent / each).exists(), f"{path.name}: {each}"
        for each in named:
            if "<" not in text[text.index(each) : text.index(each) + len(each) + 2]:
                assert (ROOT / each).exists(), f"{path.name}: {each}"


def test_help_lists_the_targets_of_the_makefile() -> None:
    said = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory", "help"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    for target in ("run", "test", "trial", "lint", "bench"):
        assert re.search(rf"^\s*make {target}\b.{{10,}}", said, re.M), target
