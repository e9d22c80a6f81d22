"""Histories by chance are decided again byte for byte; what is written past the engine is found."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from time import perf_counter

from collectibles.ledger import canonical
from collectibles.ledger.bundle import export
from collectibles.ledger.entry import make
from collectibles.ledger.verify import DIFFERS, FINE, verify
from tests.ledger import newest
from tests.ledger.build import FIRST, Act, Memory
from tests.ledger.chance import lived
from tests.ledger.exports import VKEY
from tests.ledger.forging import FORGERIES, Forge, appended, forged, planted, replayed
from tests.trial import Counts, Figure

STEPS = 30
#: Every so many histories begin under the first release's rulebook.
CHANGING = 3


def _lives(rng: random.Random, count: int) -> list[int]:
    """A seed for each history, so that one that fails can be told again."""
    return [rng.randrange(2**32) for _ in range(count)]


def _told(seed: int, number: int) -> Memory:
    return lived(random.Random(seed), STEPS, from_first=number % CHANGING == 0)


def test_replay_differs_in_nothing(counts: Counts, figure: Figure, rng: random.Random) -> None:
    kinds, entries, under, spent, changing = Counter[str](), 0, Counter[str](), 0.0, 0
    count = counts(60, 10_000)
    for number, seed in enumerate(_lives(rng, count)):
        ledger = _told(seed, number)
        begins = perf_counter()
        done = replayed(ledger)
        spent += perf_counter() - begins
        assert done.difference is None, (seed, number, done.difference)
        assert done.checked == ledger.size
        entries += ledger.size
        kinds.update(entry["kind"] for entry in ledger.entries)
        under.update(done.decided)
        changing += len(done.decided) > 1
    assert kinds["refusal"] > count
    assert kinds["hold"] + kinds["ruling"] > count / 2
    assert changing > count / CHANGING / 2
    assert set(under) == {FIRST.digest, newest.newest().digest}
    figure("histories decided again", count, "")
    figure("of them with a rulebook that changes", changing, "")
    figure("entries in them", entries, "")
    figure("of them refusals", kinds["refusal"], "")
    figure("of them holds", kinds["hold"], "")
    figure("of them rulings and appeals", kinds["ruling"] + kinds["appeal"], "")
    figure("entries decided again a second", round(entries / spent), "1/s")


def test_what_is_written_past_the_engine_is_found(
    counts: Counts, figure: Figure, rng: random.Random
) -> None:
    found = Counter[str]()
    for number, seed in enumerate(_lives(rng, counts(60, 10_000))):
        ledger = _told(seed, number)
        entries = ledger.entries
        for forge in FORGERIES:
            index, body = _chosen(forge, entries, rng)
            if body is None:
                continue
            done = replayed(planted(ledger, index, body))
            assert done.difference is not None, (seed, number, forge.__name__, index)
            assert done.difference.index == index, (seed, number, forge.__name__, done)
            found[forge.__name__] += 1
        body = _unasked(ledger, rng)
        done = replayed(appended(ledger, body))
        assert done.difference is not None, (seed, number, body)
        assert done.difference.index == ledger.size, (seed, number, body, done)
        found["written after the last"] += 1
    assert set(found) == {"written after the last", *(forge.__name__ for forge in FORGERIES)}
    for name, times in sorted(found.items()):
        figure(f"{name}, found and named", times, "")
    figure("planted and found, all", found.total(), "")


def test_an_export_signed_anew_by_the_operator_is_found_out(
    counts: Counts, figure: Figure, rng: random.Random, tmp_path: Path
) -> None:
    """With the right key over every checkpoint: the signature is good and the decision is not."""
    found, count = 0, counts(3, 200)
    for number, seed in enumerate(_lives(rng, count)):
        ledger = _told(seed, number)
        folder = tmp_path / f"good-{number}"
        export(ledger, folder)
        assert verify(folder, VKEY).exit_code == FINE
        forge = rng.choice([each for each in FORGERIES if _chosen(each, ledger.entries, rng)[1]])
        index, body = _chosen(forge, ledger.entries, rng)
        assert body is not None
        folder = tmp_path / f"forged-{number}"
        export(planted(ledger, index, body), folder)
        report = verify(folder, VKEY)
        assert report.exit_code == DIFFERS, (seed, number, forge.__name__, index)
        assert report.difference is not None
        assert report.difference.index == index, (seed, number, forge.__name__, report)
        found += 1
    figure("bundles signed anew, found and named", found, "")


def _chosen(forge: Forge, entries: list[Act], rng: random.Random) -> tuple[int, bytes | None]:
    """One of the entries that can be forged so, and what stands in its place; None if none can."""
    made = [(index, forged(forge, entry)) for index, entry in enumerate(entries)]
    possible = [(index, body) for index, body in made if body is not None]
    return rng.choice(possible) if possible else (0, None)


def _unasked(ledger: Memory, rng: random.Random) -> bytes:
    """A gift for something in return, which every rulebook refuses, as if all had let it pass."""
    last = ledger.entries[-1]
    movement = newest.gift(1, "a1", "a2", last["at"], "unasked", gratuitous=False)
    decided = {"a": "p" * rng.randrange(29, 80), "f": list[str]()}
    return canonical.encode(make(movement, last["at"], decided, newest.newest().digest))
