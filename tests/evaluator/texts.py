"""Texts by chance, with phrases that are read, written in all sorts of ways."""

from __future__ import annotations

import random

from tests.evaluator.naive import held

LISTS = ("promise_phrases", "promise_harmless", "relic_claims", "relic_harmless", "relic_mentions")
PLAIN = (
    "溪山新绘",
    "以原作构图为本",
    "重绘并设色",
    "Streams and Hills",
    "drawn anew",
    "限量",
    "2026",
    "",
)
GAPS = ("", "", "", " ", "·", "，", "-", "\u3000", "。")


def text(rng: random.Random) -> str:
    """A few pieces one after another: plain words, phrases, denials, parts of phrases."""
    pieces = []
    for _ in range(rng.randrange(1, 6)):
        draw = rng.random()
        if draw < 0.45:
            pieces.append(rng.choice(PLAIN))
        elif draw < 0.65:
            pieces.append(rng.choice(held("listing.denials")[1][-1]))
        else:
            pieces.append(_written(rng, _phrase(rng)))
    return "".join(piece + rng.choice(GAPS) for piece in pieces)


def _phrase(rng: random.Random) -> str:
    phrase = str(rng.choice(held(f"listing.{rng.choice(LISTS)}")[1][-1]))
    if rng.random() < 0.15:
        return phrase[: rng.randrange(1, len(phrase) + 1)]
    return phrase


def _written(rng: random.Random, phrase: str) -> str:
    draw = rng.random()
    if draw < 0.5:
        return phrase
    if draw < 0.65:
        return phrase.upper()
    if draw < 0.8:
        return rng.choice(("·", " ", "　", "-")).join(phrase)
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in phrase)
