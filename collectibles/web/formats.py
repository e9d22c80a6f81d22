"""How values are written on pages: money, time, hashes, numbers. Jinja filters."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Flask
from markupsafe import Markup, escape

from collectibles.domain import calendar, money
from collectibles.web.language import language
from collectibles.web.states import state_words

SHORT_HASH = 12


def yuan(fen: int | None) -> str:
    """Fen as people read them: 19900 -> `¥199.00`; nothing -> `—`."""
    return "—" if fen is None else money.show(fen)


def when(at: int | None) -> Markup:
    """Milliseconds UTC as Beijing time to the minute, in a <time> that programs can read."""
    if at is None:
        return Markup("—")
    return _time(at, calendar.say_time(at, language()))


def from_when(at: int | None) -> Markup:
    """Like `when`, for "from this time on": rounded up to the next full minute."""
    if at is None:
        return Markup("—")
    return _time(at, calendar.say_time(at, language(), round_up=True))


def day(at: int | date | None) -> Markup:
    """The day in Beijing of milliseconds UTC, or of a date."""
    if at is None:
        return Markup("—")
    if isinstance(at, date):
        at = calendar.start_of_day(at)
    written = calendar.say_date(at, language())
    stamp = calendar.shanghai_date(at).isoformat()
    return Markup('<time datetime="{}">{}</time>').format(stamp, written)


def short(digest: str | bytes | None, length: int = SHORT_HASH) -> Markup:
    """The start of a hash or tag; the whole of it as the title, for the pointer and the copier."""
    if not digest:
        return Markup("—")
    text = digest.hex() if isinstance(digest, bytes) else digest
    if len(text) <= length + 1:
        return Markup('<code class="hash">{}</code>').format(text)
    return Markup('<code class="hash" title="{}">{}…</code>').format(text, text[:length])


def count(number: int | None) -> str:
    """A whole number with its thousands apart: 12345 -> `12,345`."""
    return "—" if number is None else f"{number:,}"


def paragraphs(text: str | None) -> Markup:
    """Typed text as paragraphs: an empty line begins another, a line end stays a line end."""
    blocks = (text or "").replace("\r\n", "\n").split("\n\n")
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, block.strip().split("\n"))))
        for block in blocks
        if block.strip()
    )


def install(app: Flask) -> None:
    """Make the filters, and the words for states, known to templates."""
    app.jinja_env.globals["state_words"] = state_words
    app.jinja_env.filters.update(
        yuan=yuan,
        when=when,
        from_when=from_when,
        day=day,
        short=short,
        count=count,
        paragraphs=paragraphs,
    )


def _time(at: int, written: str) -> Markup:
    stamp = datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(stamp, written)
