"""Figures and values as people read them, in Chinese and English. Nothing here decides."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from compliance.calendar import SHANGHAI, day_of
from compliance.decision import Figure
from compliance.instruments import read_text
from compliance.parameters import Plain
from compliance.rule import Text
from compliance.rulebook import FOLDER
from compliance.yaml_file import load

_OFF = Text("未启用", "off")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show(figure: Figure, figure_type: str, language: str) -> str:
    """A figure of one of rule.FIGURE_TYPES as people read it; `language` is zh or en."""
    if figure_type == "fen":
        fen = int(figure)
        return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"
    if figure_type in ("moment", "from"):
        return show_moment(int(figure), language)
    if figure_type == "day":
        return str(day_of(int(figure)))
    if figure_type == "hours":
        hours = int(figure)
        return _days(hours // 24, language) if hours % 24 == 0 else _hours(hours, language)
    if figure_type == "days":
        return _days(int(figure), language)
    if figure_type == "word":
        return show_word(str(figure), language)
    if figure_type == "words":
        return _join([show_word(word, language) for word in str(figure).split(",")], language)
    return str(figure)


def show_value(value: Plain, unit: str) -> Text:
    """A parameter's value with its unit, in both languages."""
    if value is None:
        return _OFF
    if isinstance(value, list):
        if unit in ("closed_days", "turned_days"):
            return Text("、".join(value), ", ".join(value))
        return Text(show(",".join(value), "words", "zh"), show(",".join(value), "words", "en"))
    if unit == "trading_days":
        return Text(f"{value}个交易日", f"{value} trading {'day' if value == 1 else 'days'}")
    if unit == "working_days":
        return Text(f"{value}个工作日", f"{value} working {'day' if value == 1 else 'days'}")
    figure_type = "word" if unit == "choice" else unit
    return Text(show(value, figure_type, "zh"), show(value, figure_type, "en"))


def show_word(word: str, language: str) -> str:
    """A word of the vocabulary (compliance/words.yaml); a word that is not in it, as it stands."""
    known = vocabulary().get(word)
    if known is None:
        return word
    return known.zh if language == "zh" else known.en


def show_moment(at: int, language: str) -> str:
    """A moment (ms UTC) in Beijing time, to the second where the seconds matter."""
    when = datetime.fromtimestamp(at // 1000, UTC).astimezone(SHANGHAI)
    clock = f"{when:%H:%M}" if when.second == 0 else f"{when:%H:%M:%S}"
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日 {clock}"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {clock} (Beijing time)"


@cache
def vocabulary() -> dict[str, Text]:
    """Every word with its Chinese and English. Raises RulebookError if the file is malformed."""
    raw = load(FOLDER / "words.yaml")
    return {str(word): read_text(raw[word], raw.lines[word]) for word in raw}


def _days(days: int, language: str) -> str:
    if language == "zh":
        return f"{days}天"
    return f"{days} day" if days == 1 else f"{days} days"


def _hours(hours: int, language: str) -> str:
    if language == "zh":
        return f"{hours}小时"
    return f"{hours} hour" if hours == 1 else f"{hours} hours"


def _join(words: list[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(words)
