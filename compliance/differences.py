"""What differs between two rulebooks, from their manifests alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Manifest = dict[str, Any]


class Release(NamedTuple):
    """A version of a rule with the days it is in force, as a manifest has them."""

    code: str
    version: int
    since: str
    until: str | None


class Changed(NamedTuple):
    """A parameter's value on a day, in the first and in the second; None where it is not there."""

    name: str
    since: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Differences:
    """From the first rulebook to the second.

    `added`, `ended` (it has an end now, or another one) and `gone` are rules. `values` are those
    that one of the two has on a day and the other has not or has otherwise, parameters that are
    wholly new among them; `choices` the same of what the installation chose. `texts` are the
    instruments that were added.
    """

    added: tuple[Release, ...]
    ended: tuple[Release, ...]
    gone: tuple[Release, ...]
    values: tuple[Changed, ...]
    choices: tuple[Changed, ...]
    texts: tuple[str, ...]

    def __bool__(self) -> bool:
        return any((self.added, self.ended, self.gone, self.values, self.choices, self.texts))


def differences(first: Manifest, second: Manifest) -> Differences:
    """What the second rulebook has otherwise, in the order of codes, names and days."""
    before, after = _releases(first), _releases(second)
    return Differences(
        added=tuple(after[key] for key in sorted(after.keys() - before.keys())),
        ended=tuple(
            after[key]
            for key in sorted(after.keys() & before.keys())
            if after[key].until != before[key].until
        ),
        gone=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        values=_values(_series(first), _series(second)),
        choices=_values(first["choices"], second["choices"]),
        texts=tuple(sorted(second["instruments"].keys() - first["instruments"].keys())),
    )


def _releases(manifest: Manifest) -> dict[tuple[str, int], Release]:
    return {
        (rule["code"], rule["version"]): Release(
            rule["code"], rule["version"], rule["since"], rule["until"]
        )
        for rule in manifest["rules"]
    }


def _series(manifest: Manifest) -> dict[str, list[Any]]:
    return {name: held["values"] for name, held in manifest["parameters"].items()}


def _values(first: dict[str, Any], second: dict[str, Any]) -> tuple[Changed, ...]:
    found = []
    for name in sorted(first.keys() | second.keys()):
        before, after = (
            dict(map(tuple, first.get(name, ()))),
            dict(map(tuple, second.get(name, ()))),
        )
        for day in sorted(before.keys() | after.keys()):
            if before.get(day) != after.get(day) or (day in before) != (day in after):
                found.append(Changed(name, day, before.get(day), after.get(day)))
    return tuple(found)
