"""What every test may ask for: a real PostgreSQL, a real browser, chance that can be replayed.

`database_url` is a database of its own for each test module, `fresh_database_url` one for a single
test, both with the schema of the project and nothing in it; `bare_database_url` has not even that.
They live on a server of the tests
under `var/test`, or on the one that TEST_DATABASE_URL (else DATABASE_URL) names, whose role then
has to be allowed to create databases. Data stay between runs, processes do not.

`seed` (SEED=... replays a run) and `rng` are the only sources of chance. `chromium_path` is a
browser (tests/browser.py); `counts(sample, full)` is how often a test repeats what it tries and
`figure(name, value, unit)` keeps what it measured (tests/trial.py).
"""

from __future__ import annotations

import itertools
import os
import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from collectibles.supervisor import postgres

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
SEED = int(os.environ.get("SEED") or secrets.randbelow(2**32))
PREFIX = "diancang_test_"

pytest_plugins = ["tests.browser", "tests.trial"]


# Chance


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config.option, "hypothesis_seed", None) is None:
        config.option.hypothesis_seed = SEED


def pytest_report_header() -> str:
    return f"seed: {SEED} (SEED={SEED} replays it)"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"seed: {SEED} (SEED={SEED} replays it)")


@pytest.fixture(scope="session")
def seed() -> int:
    """The number that everything by chance in this run comes from."""
    return SEED


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Chance for one test, the same whichever other tests run."""
    return random.Random(f"{SEED} {request.node.nodeid}")


# PostgreSQL


class Databases:
    """Makes and drops databases on one server. Those of killed runs are dropped by the next one:
    each run holds an advisory lock on its token for as long as it lives."""

    def __init__(self, admin_url: str, owner: str | None) -> None:
        self.url = admin_url
        self.owner = owner
        self.token = secrets.token_hex(4)
        self.connection = psycopg.connect(_conninfo(admin_url), autocommit=True)
        assert self._hold(self.token), "a new token cannot be taken"
        self._numbers = itertools.count(1)
        self._template: str | None = None
        for (name,) in self._names():
            token = name.removeprefix(PREFIX).partition("_")[0]
            if token != self.token and self._hold(token):
                self.drop(name)

    def _names(self) -> list[tuple[str]]:
        return self.connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]
        ).fetchall()

    def _hold(self, token: str) -> bool:
        row = self.connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [token])
        return bool((row.fetchone() or [False])[0])

    def make_empty(self, template: str = "template0") -> str:
        """A new database that copies only `template`; returns its name."""
        name = f"{PREFIX}{self.token}_{next(self._numbers)}"
        owner = f"OWNER {self.owner}" if self.owner else ""
        self.connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {owner}")
        return name

    def make(self) -> str:
        """A new database with the schema; returns its name."""
        if self._template is None:
            from collectibles.store import schema  # only tests that want a database need it

            empty = self.make_empty()
            schema.create(self.url_of(empty))
            self._template = empty
        return self.make_empty(self._template)

    def url_of(self, name: str) -> str:
        """SQLAlchemy's address of a database, under the role that owns it."""
        head, _, rest = self.url.partition("://")
        before, _, _ = rest.partition("?")
        who, _, _ = before.rpartition("/")
        _, mark, options = rest.partition("?")
        if self.owner:
            who = f"{self.owner}@{who.rpartition('@')[2]}"
        return f"{head}://{who}/{name}{mark}{options}"

    def drop(self, name: str) -> None:
        self.connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        for (name,) in self._names():
            if name.startswith(f"{PREFIX}{self.token}_"):
                self.drop(name)
        self.connection.close()


def _conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    with ExitStack() as stack:
        if given:
            scheme, _, rest = given.partition("://")
            assert scheme.startswith("postgres"), "the tests run on PostgreSQL only"
            made = Databases(f"postgresql+psycopg://{rest}", None)
        else:
            server = stack.enter_context(postgres.start(VAR / "test"))
            made = Databases(server.admin_url, postgres.ROLE)
        stack.callback(made.close)
        yield made


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[str]:
    """An empty database with the schema, shared by the tests of one module."""
    name = databases.make()
    yield databases.url_of(name)
    databases.drop(name)


@pytest.fixture
def fresh_database_url(databases: Databases) -> Iterator[str]:
    """An empty database with the schema, for this test alone."""
    name = databases.make()
    yield databases.url_of(name)
    databases.drop(name)


@pytest.fixture
def bare_database_url(databases: Databases) -> Iterator[str]:
    """A database without the schema, for this test alone."""
    name = databases.make_empty()
    yield databases.url_of(name)
    databases.drop(name)
