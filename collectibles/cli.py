"""The command line: `collectibles COMMAND`.

Each command imports what it needs when it runs, so that `verify` works where there is no database,
no network and no web framework.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from collectibles.errors import CollectiblesError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Errors are told in both languages, code 2."""
    given = _parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except CollectiblesError as error:
        print(error.zh, error.en, sep="\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("已中断 / interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="collectibles", description="Diancang 典藏")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the whole service (database, worker, web)")
    serve.set_defaults(run=_serve)
    demo = commands.add_parser("demo", help="build the demonstration's history, if it is not there")
    demo.set_defaults(run=_demo)
    worker = commands.add_parser("worker", help="follow the ledger and watch payments")
    worker.set_defaults(run=_worker)
    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(run=_migrate)

    sandbox = commands.add_parser("sandbox", help="the payment sandbox of the demonstration")
    sandbox.add_argument("action", choices=("serve",))
    sandbox.set_defaults(run=_sandbox)

    catalogue = commands.add_parser("catalogue", help="a museum's catalogue")
    catalogue.add_argument("action", choices=("import",))
    catalogue.add_argument("file", type=Path, help="CSV, one row for each object")
    catalogue.add_argument("--museum", required=True, help="the museum's member identifier")
    catalogue.set_defaults(run=_catalogue)

    verify = commands.add_parser("verify", help="check an exported ledger, offline")
    verify.add_argument("bundle", type=Path, help="the folder that `ledger export` wrote")
    verify.add_argument("--key", help="the ledger's key (vkey), got from somewhere else")
    verify.set_defaults(run=_verify)

    report = commands.add_parser("report", help="the compliance report of a month or quarter")
    report.add_argument("period", help="2026-01 or 2026-Q1")
    report.add_argument("--format", choices=("json", "csv"), default="json")
    report.set_defaults(run=_report)

    _add_ledger(commands)
    _add_rules(commands)
    return parser


def _add_ledger(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ledger = commands.add_parser("ledger", help="check, export or rebuild the ledger")
    actions = ledger.add_subparsers(required=True, metavar="ACTION")
    fsck = actions.add_parser("fsck", help="hash everything again and compare")
    fsck.set_defaults(run=_fsck)
    export = actions.add_parser("export", help="write a bundle that `verify` checks")
    export.add_argument("folder", type=Path)
    export.set_defaults(run=_export)
    rebuild = actions.add_parser("rebuild", help="fold the state tables anew from the entries")
    rebuild.set_defaults(run=_rebuild)


def _add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rules = commands.add_parser("rules", help="the rulebook: print, test, replay, change it")
    actions = rules.add_subparsers(required=True, metavar="ACTION")
    shown = actions.add_parser("print", help="every rule with its sources")
    shown.add_argument("--json", action="store_true", help="the whole rulebook as one document")
    shown.set_defaults(run=_rules_print)
    actions.add_parser("test", help="run every rule's cases").set_defaults(run=_rules_test)
    fresh = actions.add_parser("fresh", help="parameters whose review is older than a year")
    fresh.set_defaults(run=_rules_fresh)
    _add_past(actions)
    announce = actions.add_parser("announce", help="publish this software's rulebook ahead")
    announce.add_argument("effective", help="the day it takes effect, YYYY-MM-DD")
    announce.add_argument("--zh", required=True, help="what changes, in Chinese")
    announce.add_argument("--en", required=True, help="what changes, in English")
    announce.add_argument(
        "--longer-waits",
        choices=("new", "all"),
        default="new",
        help="whose waiting times it lengthens: of what is acquired from then on, or of all",
    )
    announce.set_defaults(run=_rules_announce)


def _add_past(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The two modes of deciding the past again, named apart."""
    replay = actions.add_parser("replay", help="decide the past again as it was: byte for byte")
    replay.add_argument(
        "bundle", type=Path, nargs="?", help="an exported ledger; else the database's"
    )
    replay.set_defaults(run=_rules_replay)
    asked = actions.add_parser("what-if", help="decide the past again under a changed rulebook")
    asked.add_argument(
        "bundle", type=Path, nargs="?", help="an exported ledger; else the database's"
    )
    asked.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE[@DAY]", help="another value"
    )
    asked.add_argument(
        "--off", action="append", default=[], metavar="RULE[@DAY]", help="without a rule"
    )
    asked.add_argument(
        "--on", action="append", default=[], metavar="RULE[@DAY]", help="with a rule"
    )
    asked.add_argument("--from", dest="since", help="first day of the period, YYYY-MM-DD")
    asked.add_argument("--until", help="last day of the period, YYYY-MM-DD")
    asked.add_argument(
        "--newest", action="store_true", help="under this software's newest rulebook throughout"
    )
    asked.add_argument("--json", action="store_true", help="as one document")
    asked.set_defaults(run=_rules_what_if)


def _serve(given: argparse.Namespace) -> int:
    from collectibles.commands.serve import run

    return run()


def _demo(given: argparse.Namespace) -> int:
    from collectibles.commands.serve import build_demonstration

    return build_demonstration()


def _worker(given: argparse.Namespace) -> int:
    from collectibles.commands.worker import run

    return run()


def _migrate(given: argparse.Namespace) -> int:
    from collectibles.config import load
    from collectibles.store.schema import create

    create(load().database_url)
    return 0


def _sandbox(given: argparse.Namespace) -> int:
    from collectibles.commands.sandbox import run

    return run()


def _catalogue(given: argparse.Namespace) -> int:
    from collectibles.commands.catalogue import run

    return run(given.file, given.museum)


def _verify(given: argparse.Namespace) -> int:
    from collectibles.commands.verify import run

    return run(given.bundle, given.key)


def _report(given: argparse.Namespace) -> int:
    from collectibles.commands.report import run

    return run(given.period, given.format)


def _fsck(given: argparse.Namespace) -> int:
    from collectibles.commands.ledger import fsck

    return fsck()


def _export(given: argparse.Namespace) -> int:
    from collectibles.commands.ledger import export

    return export(given.folder)


def _rebuild(given: argparse.Namespace) -> int:
    from collectibles.commands.ledger import rebuild

    return rebuild()


def _rules_print(given: argparse.Namespace) -> int:
    from collectibles.commands.rules import print_document, show

    return print_document() if given.json else show()


def _rules_test(given: argparse.Namespace) -> int:
    from collectibles.commands.rules import test

    return test()


def _rules_fresh(given: argparse.Namespace) -> int:
    from collectibles.commands.rules import fresh

    return fresh()


def _rules_replay(given: argparse.Namespace) -> int:
    from collectibles.commands.rules_past import replay

    return replay(given.bundle)


def _rules_what_if(given: argparse.Namespace) -> int:
    from collectibles.commands.rules_past import ask

    period = (given.since, given.until)
    return ask(given.bundle, given.set, given.off, given.on, period, given.newest, given.json)


def _rules_announce(given: argparse.Namespace) -> int:
    from collectibles.commands.rules_announce import run

    return run(given.effective, given.zh, given.en, given.longer_waits)
