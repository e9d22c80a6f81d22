"""Phrases found in texts, however they are written: for rules that read what people wrote.

A text is read letter by letter: half and full width, forms of one character and upper and lower
case are one, and spaces, punctuation and marks put between the letters are passed over. Phrases of
Latin letters are found as whole words only, others wherever they stand. What is read is frozen at
Unicode 3.2, so that an answer does not hang on the version of Python. The time is linear in the
length of the texts for given phrases; meant for what is listed or noted, not for every movement.

It finds words and understands nothing: other spellings, homophones and pictures escape it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple
from unicodedata import ucd_3_2_0 as _unicode

#: Between two texts: no phrase has it, so that none is found across the two.
_APART = "\x1e"


class _Letters(NamedTuple):
    """The letters of a text, and for each place between them whether a word may end there."""

    letters: str
    edges: tuple[bool, ...]


def found(
    texts: Iterable[str],
    phrases: tuple[str, ...],
    harmless: tuple[str, ...] = (),
    denials: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The phrases that stand in any of the texts, each once, in the order of `phrases`.

    Not found is what stands within one of the longer `harmless` phrases, and what one of the
    `denials` stands directly before. Raises ValueError for a phrase without a letter or a digit.
    """
    text = _read(_APART.join(text.replace(_APART, " ") for text in texts))
    return tuple(
        phrase
        for phrase, word in _words(phrases)
        if word in text.letters and _stands(text, word, harmless, denials)
    )


def _stands(text: _Letters, word: str, harmless: tuple[str, ...], denials: tuple[str, ...]) -> bool:
    """Whether the word stands in the text somewhere that is neither harmless nor denied."""
    reach = _reach(text, harmless)
    return any(
        reach[start] < end and not _denied(text, start, denials)
        for start, end in _places(text, word)
    )


def _read(text: str) -> _Letters:
    letters: list[str] = []
    edges: list[bool] = []
    apart = True
    for character in _unicode.normalize("NFKC", text).casefold():
        if character != _APART and _unicode.category(character)[0] not in "LN":
            apart = True
            continue
        apart = apart or character == _APART  # where one text ends, a word ends
        edges.append(apart or not (character.isascii() and letters[-1].isascii()))
        letters.append(character)
        apart = character == _APART
    return _Letters("".join(letters), (*edges, True))


@cache
def _words(phrases: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each phrase with its letters. Raises ValueError for one that has none."""
    words = tuple((phrase, _read(phrase).letters) for phrase in phrases)
    for phrase, word in words:
        if not word or _APART in word:
            raise ValueError(f"{phrase!r} has no letters to look for")
    return words


def _places(text: _Letters, word: str) -> Iterator[tuple[int, int]]:
    """Where the word begins and ends, in order."""
    start = text.letters.find(word)
    while start >= 0:
        end = start + len(word)
        if _whole(text, word[0], start) and _whole(text, word[-1], end):
            yield start, end
        start = text.letters.find(word, start + 1)


def _whole(text: _Letters, letter: str, place: int) -> bool:
    return text.edges[place] or not letter.isascii()


def _reach(text: _Letters, harmless: tuple[str, ...]) -> tuple[int, ...]:
    """For each place, how far the harmless phrases reach that begin there or before."""
    ends = [0] * len(text.edges)
    for _, word in _words(harmless):
        for start, end in _places(text, word):
            ends[start] = max(ends[start], end)
    return tuple(accumulate(ends, max))


def _denied(text: _Letters, start: int, denials: tuple[str, ...]) -> bool:
    for _, word in _words(denials):
        begins = start - len(word)
        if begins < 0 or not text.letters.startswith(word, begins):
            continue
        if _whole(text, word[0], begins) and _whole(text, word[-1], start):
            return True
    return False
