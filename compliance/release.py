"""Releases: the rulebook's manifest, frozen under a number, for ever.

`python -m compliance.release` writes the next one; `python -m compliance.release check` says
whether the newest is what this software has. A release is never written twice: entries made under
it are decided again from it for as long as there are ledgers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compliance.rulebook import FOLDER, bind, current_manifest, read_releases
from compliance.yaml_file import RulebookError

RELEASES = FOLDER / "releases"


def write(number: int, folder: Path = RELEASES) -> Path:
    """Freeze the current manifest as release `number`; returns its path.

    Raises RulebookError if the number is taken or not the next, if the rulebook is as the newest
    release has it, or if a released value was edited.
    """
    earlier = read_releases(folder)
    path = folder / f"{number}.json"
    if path.exists():
        raise RulebookError(path.name, "is released and is never written again")
    if number != len(earlier) + 1:
        raise RulebookError(path.name, f"the next release is {len(earlier) + 1}")
    manifest = current_manifest()
    if earlier and earlier[-1] == manifest:
        raise RulebookError(path.name, f"the rulebook is still that of release {len(earlier)}")
    for complaint in broken(earlier, manifest):
        raise RulebookError(path.name, complaint)
    bind(manifest)
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    with path.open("x", encoding="ascii") as stream:
        stream.write(text)
    return path


def broken(earlier: tuple[dict[str, Any], ...], current: dict[str, Any]) -> Iterator[str]:
    """What of earlier releases the current manifest no longer holds, in words.

    Values may be added behind a released series, never changed or put before its end; a rule may
    get an end and a successor; nothing released goes away.
    """
    rules = {f"{rule['code']}@{rule['version']}": rule for rule in current["rules"]}
    for number, manifest in enumerate(earlier, 1):
        for name, held in manifest["parameters"].items():
            now = current["parameters"].get(name)
            if now is None or now["unit"] != held["unit"]:
                yield f"release {number} has the parameter {name}, in {held['unit']}"
            elif now["values"][: len(held["values"])] != held["values"]:
                yield (
                    f"{name} was edited: release {number} has {held['values']}; "
                    "take it back and add a value with a later date"
                )
        for rule in manifest["rules"]:
            release = f"{rule['code']}@{rule['version']}"
            now = rules.get(release)
            if now is None or now | {"until": None} != rule | {"until": None}:
                yield (
                    f"{release} was edited: release {number} has {rule}; "
                    "take it back, give it an end and write its next version"
                )
            elif rule["until"] and now["until"] != rule["until"]:
                yield f"{release} ended on {rule['until']} in release {number}"


def check() -> Iterator[str]:
    """What stands between this software's rulebook and its newest release, in words."""
    current, earlier = current_manifest(), read_releases(RELEASES)
    yield from broken(earlier, current)
    if not earlier or earlier[-1] != current:
        yield (
            "the rulebook is not that of the newest release: once its rules, dates and values are "
            "settled, run python -m compliance.release"
        )


def main(arguments: list[str]) -> int:
    """`release [check]`; returns the exit status."""
    if arguments == ["check"]:
        complaints = list(check())
        for complaint in complaints:
            print(complaint)
        return 1 if complaints else 0
    if arguments:
        print("usage: python -m compliance.release [check]")
        return 2
    try:
        print(f"written: {write(len(read_releases(RELEASES)) + 1)}")
    except RulebookError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
