"""Another rulebook, published ahead: the installation's own entry, with the text of the change."""

from __future__ import annotations

from typing import Final

from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict
from collectibles.ledger import state
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from compliance import rulebook
from compliance.calendar import DAY_MS, day_of, start_of_day
from compliance.rule import Text

#: Days by which a change is shown ahead (E-Commerce Law Art. 34), for the first release, which has
#: no rule about it; later ones read the parameter.
NOTICE_DAYS: Final = 7
NOTICE_PARAMETER: Final = "platform.rule_notice_days"
LONGER_WAITS: Final = ("new", "all")

#: The most characters that the text of a change has, in each language.
MOST_WORDS: Final = 1_000


def announce_rulebook(
    ctx: Context, effective_at: int, change: Text, longer_waits: str = "new"
) -> Receipt:
    """Publish this software's newest rulebook, with this installation's choices, to be in force
    from `effective_at` (ms UTC) on. Until then everything is decided as before.

    `longer_waits`: whether longer waiting times apply to what is acquired from then on (new) or
    to all collectibles. Doing it twice gives the first receipt. Raises BadInput for too short a
    notice or no text, Conflict if this rulebook is the one in force or announced already, Refused
    if the rules in force refuse it.
    """
    book = rulebook.load(ctx.settings.choices)
    _check_words(change, longer_waits)
    act = {
        "rulebook": book.digest,
        "choices": [
            {"parameter": name, "since": since, "value": value}
            for name, series in ctx.settings.choices.items()
            for since, value in series
        ],
        "effective_at": effective_at,
        "change": {"zh": change.zh, "en": change.en},
        "longer_waits": longer_waits,
    }
    op_id = f"rulebook-{book.digest[:24]}-{effective_at}"
    operator = ctx.settings.operator_id
    if ctx.ledger.read.value(state.operation(operator, op_id)) is None:
        _check_standing(ctx, book.digest)
        _check_notice(ctx, book, effective_at)
    return submit(ctx, Movement("rulebook", op_id, operator, act))


def earliest(ctx: Context, book: rulebook.Rulebook) -> int:
    """The first moment (ms UTC) at which a rulebook that is published now may take effect."""
    now = ctx.clock.now_ms()
    days = NOTICE_DAYS
    if NOTICE_PARAMETER in book.manifest["parameters"]:
        days = book.value(NOTICE_PARAMETER, now) or NOTICE_DAYS
    return start_of_day(day_of(now)) + days * DAY_MS


def _check_words(change: Text, longer_waits: str) -> None:
    for language, words in (("zh", change.zh), ("en", change.en)):
        if not words.strip() or len(words) > MOST_WORDS:
            raise BadInput(
                language,
                "change_words",
                f"请用中文和英文写明修改内容，各不超过{MOST_WORDS}字。",
                f"Say in Chinese and in English what changes, each in {MOST_WORDS} characters "
                "at most.",
            )
    if longer_waits not in LONGER_WAITS:
        raise BadInput(
            "longer_waits",
            "longer_waits",
            "请选择更长的等待期适用于新取得的藏品（new）还是全部藏品（all）。",
            "Longer waiting times apply to what is acquired from then on (new) or to all.",
        )


def _check_standing(ctx: Context, digest: str) -> None:
    """It must not be the last that was announced: nothing would change."""
    standing = ctx.ledger.read.value(state.RULEBOOK)
    if standing and standing[-1]["digest"] == digest:
        raise Conflict(
            "rulebook_stands",
            "本软件的规则库已经公布或正在生效。",
            "This software's rulebook is in force or announced already.",
        )


def _check_notice(ctx: Context, book: rulebook.Rulebook, effective_at: int) -> None:
    first = earliest(ctx, book)
    if effective_at < first:
        raise BadInput(
            "effective",
            "short_notice",
            f"规则修改须提前公示，最早于{day_of(first)}生效。",
            f"A change of rules is shown ahead: it may take effect on {day_of(first)} at the "
            "earliest.",
        )
