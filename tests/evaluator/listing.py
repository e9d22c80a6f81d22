"""A series before it is made and sold: rights, reviews, statements, words, numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from compliance.facts import Facts
from tests.evaluator.naive import DAY, Read, rule


@rule("series_licensed@1", "series mint sale", "2021-06-01")
def series_licensed(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None:
        return "h"
    if not series.right_holder or series.licence is None:
        return "f"
    licence = series.licence
    if not set(read("listing.required_licence_rights")) <= set(licence.rights):
        return "f"
    if facts.at < licence.starts_at:
        return "f"
    if licence.ends_at is not None:
        if facts.at >= licence.ends_at:
            return "f"
        if licence.ends_at < series.closes_at and facts.kind != "sale":
            return "f"
    return "p"


@rule("series_reviewed@1", "series mint sale", "2022-04-20")
def series_reviewed(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None:
        return "h"
    if not series.prepared_by:
        return "h"
    if not series.reviewed_by or series.reviewed_at is None or series.reviewed_at > facts.at:
        return "f"
    return "f" if series.prepared_by == series.reviewed_by else "p"


@rule("disclosures@1", "series mint sale", "2022-04-13")
def disclosures(facts: Facts, read: Read) -> str:
    if facts.series is None:
        return "h"
    return (
        "p" if set(read("listing.required_disclosures")) <= set(facts.series.disclosures) else "f"
    )


@rule("no_raw_relic@1", "series mint sale", "2022-04-13")
def no_raw_relic(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None:
        return "h"
    if series.derivation in read("listing.barred_derivations"):
        return "f"
    if series.derivation not in read("listing.allowed_derivations"):
        return "h"
    return "p" if series.creative_statement and series.adaptor else "f"


@rule("share_alike@1", "series mint sale", "2021-06-01")
def share_alike(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None:
        return "h"
    terms = series.source_terms
    if terms in read("listing.terms_free"):
        return "-"
    if terms in read("listing.terms_barred"):
        return "f"
    asks_name = terms in read("listing.terms_attribution")
    asks_same = terms in read("listing.terms_sharealike")
    if not asks_name and not asks_same:
        return "h"
    if asks_name and "attribution" not in series.disclosures:
        return "f"
    return "f" if asks_same and series.offered_terms != terms else "p"


@rule("rights_claims@1", "series mint sale resale", "2022-04-13")
def rights_claims(facts: Facts, read: Read) -> str:
    if facts.series is None:
        return "h"
    grants = set(facts.series.grants)
    if grants & set(read("listing.barred_grants")):
        return "f"
    return "p" if grants <= set(read("listing.allowed_grants")) else "h"


@rule("sale_window@1", "series sale", "2022-04-13")
def sale_window(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None:
        return "h"
    opens, closes = series.opens_at, series.closes_at
    if facts.kind == "sale":
        return "p" if opens <= facts.at < closes else "f"
    if closes <= opens or closes <= facts.at:
        return "f"
    return "f" if closes - opens > read("sale.window_days_max") * DAY else "p"


@rule("no_financial_asset@1", "series", "2022-04-13")
def no_financial_asset(facts: Facts, read: Read) -> str:
    if facts.series is None or facts.series.underlying is None:
        return "h"
    if facts.series.underlying in read("listing.barred_underlyings"):
        return "f"
    return "p" if facts.series.underlying in read("listing.known_underlyings") else "h"


def _comes_with(facts: Facts, words: Sequence[str]) -> bool | None:
    if facts.series is None or facts.series.arrangements is None:
        return None
    return bool(set(facts.series.arrangements) & set(words))


@rule("no_fractions@1", "series", "2022-04-13")
def no_fractions(facts: Facts, read: Read) -> str:
    return _LETTER[_comes_with(facts, read("listing.fractional_arrangements"))]


@rule("no_promised_return@1", "series", "2021-05-01")
def no_promised_return(facts: Facts, read: Read) -> str:
    return _LETTER[_comes_with(facts, read("listing.return_arrangements"))]


@rule("blind_box@1", "series", "2025-01-01")
def blind_box(facts: Facts, read: Read) -> str:
    return _LETTER[_comes_with(facts, ["blind_box"])]


_LETTER = {None: "h", True: "f", False: "p"}


@rule("speculation_mechanics@1", "series", "2025-01-01")
def speculation_mechanics(facts: Facts, read: Read) -> str:
    if facts.series is None or facts.series.arrangements is None:
        return "h"
    given = set(facts.series.arrangements)
    if given & set(read("listing.speculative_arrangements")):
        return "h"
    return "p" if given <= set(read("listing.known_arrangements")) else "h"


@rule("same_picture@1", "series", "2022-04-13")
def same_picture(facts: Facts, read: Read) -> str:
    if facts.series is None:
        return "h"
    return "f" if facts.series.same_picture else "p"


@rule("edition_cap@1", "series", "2025-01-01")
def edition_cap(facts: Facts, read: Read) -> str:
    if facts.series is None:
        return "h"
    return "h" if facts.series.edition_size > read("listing.edition_cap") else "p"


@rule("price_cap@1", "series", "2025-01-01")
def price_cap(facts: Facts, read: Read) -> str:
    if facts.series is None or facts.series.price_statement is None:
        return "h"
    if not facts.series.price_statement:
        return "f"
    return "h" if facts.series.price > read("listing.price_cap") else "p"


@rule("mint_pace@1", "mint", "2025-01-01")
def mint_pace(facts: Facts, read: Read) -> str:
    if facts.editions is None or facts.minted is None:
        return "h"
    return "h" if facts.minted + facts.editions > read("listing.mints_per_30_days") else "p"


def _checked(facts: Facts, *wanted: str) -> str:
    if facts.series is None or facts.series.checks is None:
        return "h"
    return "p" if set(wanted) <= set(facts.series.checks) else "f"


@rule("content_reviewed@1", "series", "2019-02-15")
def content_reviewed(facts: Facts, read: Read) -> str:
    return _checked(facts, "content")


@rule("ownership_reviewed@1", "series", "2022-04-20")
def ownership_reviewed(facts: Facts, read: Read) -> str:
    return _checked(facts, "source_file", "ownership", "image_search")


@rule("rmb_image@1", "series", "2004-02-01")
def rmb_image(facts: Facts, read: Read) -> str:
    return _checked(facts, "no_banknote")


@rule("similarity_checked@1", "series", "2025-01-01")
def similarity_checked(facts: Facts, read: Read) -> str:
    return _checked(facts, "similarity")


@rule("ai_label@1", "series", "2025-09-01")
def ai_label(facts: Facts, read: Read) -> str:
    series = facts.series
    if series is None or series.ai not in ("none", "assisted", "generated"):
        return "h"
    if series.ai == "none":
        return "p"
    if series.checks is None:
        return "h"
    if "ai_label" in series.checks:
        return "p"
    return "f" if series.ai == "generated" else "h"


# Words


@rule("no_promise@1", "series", "2025-01-01")
def no_promise(facts: Facts, read: Read) -> str:
    if facts.series is None or not facts.series.texts:
        return "h"
    harmless, denials = read("listing.promise_harmless"), read("listing.denials")
    phrases = read("listing.promise_phrases")
    return "h" if says(facts.series.texts, phrases, harmless, denials) else "p"


@rule("relic_not_sold@1", "series", "2017-11-05")
def relic_not_sold(facts: Facts, read: Read) -> str:
    if facts.series is None or not facts.series.texts:
        return "h"
    texts = facts.series.texts
    harmless, denials = read("listing.relic_harmless"), read("listing.denials")
    claims, mentions = read("listing.relic_claims"), read("listing.relic_mentions")
    if says(texts, claims, harmless, denials):
        return "f"
    return "h" if says(texts, mentions, harmless + claims, denials) else "p"


Marked = list[tuple[str, bool]]
"""Letters, and of each whether something stood between it and the one before."""


def says(
    texts: Sequence[str], phrases: Sequence[str], harmless: Sequence[str], denials: Sequence[str]
) -> bool:
    """Whether a text has a phrase that is neither within a harmless one nor denied before it."""
    for text in map(_marked, texts):
        excused = [span for words in harmless for span in _spans(text, words)]
        denied = {end for words in denials for _, end in _spans(text, words)}
        for words in phrases:
            for start, end in _spans(text, words):
                inside = any(first <= start and end <= last for first, last in excused)
                if not inside and start not in denied:
                    return True
    return False


def _marked(text: str) -> Marked:
    marked: Marked = []
    apart = True
    for letter in unicodedata.normalize("NFKC", text).lower():
        if letter.isalnum():
            marked.append((letter, apart))
        apart = not letter.isalnum()
    return marked


def _spans(text: Marked, words: str) -> list[tuple[int, int]]:
    """Where words stand, letter by letter; of Latin letters only as whole words."""
    wanted = "".join(letter for letter, _ in _marked(words))
    found = []
    for start in range(len(text) - len(wanted) + 1):
        end = start + len(wanted)
        if "".join(letter for letter, _ in text[start:end]) != wanted:
            continue
        if not wanted[0].isascii() or (_edge(text, start) and _edge(text, end)):
            found.append((start, end))
    return found


def _edge(text: Marked, place: int) -> bool:
    if place in (0, len(text)) or text[place][1]:
        return True
    return not (text[place - 1][0].isascii() and text[place][0].isascii())
