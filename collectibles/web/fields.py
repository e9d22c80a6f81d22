"""What a form may ask for. Each field knows its label, reads what was typed, and says what is
wrong with it in both languages, naming the way out.

    class NewSeries(FormSchema):
        title_zh = Words("中文标题", "Chinese title", max=80)
        price = Yuan("单价", "Price", min=1)
        opens_at = Moment("开售时间", "Sale opens")

Reading is strict where Python is not: ASCII digits only, no `1_000`, no control characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from werkzeug.datastructures import FileStorage

from collectibles.domain import calendar, money
from collectibles.errors import BadInput
from collectibles.web.asked import CHOOSE, Asked, Hint, Option, Uploaded, wrong
from compliance.rule import Text

MAX_WORDS = 500
MAX_WHOLE_DIGITS = 15
_WHOLE = re.compile(r"[0-9]{1,15}")
_MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_CODE = re.compile(r"[0-9]{6}")
_MINUTE_MS = 60 * 1000
# Controls other than tab and line end, marks that reorder or hide text, halves of characters,
# and the mark left where bytes were not UTF-8.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\uffff\ud800-\udfff]"
)


class Words(Asked):
    """Text, in normal form C, of at most `max` characters; several lines with `lines=True`."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        max: int = MAX_WORDS,
        min: int = 1,
        lines: bool = False,
        hint: Hint = None,
        needed: bool = True,
        **attributes: str,
    ) -> None:
        super().__init__(zh, en, hint=hint, needed=needed, **attributes)
        self.max, self.min, self.lines = max, min, lines
        self.shape = "area" if lines else "line"
        self.attributes.setdefault("maxlength", str(max))

    def read(self, typed: str) -> str:
        if _UNREADABLE.search(typed):
            wrong(
                "含有看不见的或无法识别的字符，请删去后重新输入。",
                "It contains invisible or unreadable characters; please type it again.",
            )
        text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
        if not self.lines and ("\n" in text or "\t" in text):
            wrong("请写成一行。", "Please write it on one line.")
        if len(text) > self.max:
            wrong(
                f"最多 {self.max} 字，现在是 {len(text)} 字，请删短。",
                f"At most {self.max} characters; it now has {len(text)}, please shorten it.",
            )
        if len(text) < self.min:
            wrong(f"至少 {self.min} 字。", f"At least {self.min} characters.")
        return text


class Yuan(Asked):
    """An amount typed in yuan, read as fen. `min` and `max` are in fen."""

    shape = "yuan"

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        min: int = 0,
        max: int = money.MAX_FEN,
        hint: Hint = None,
        needed: bool = True,
    ) -> None:
        super().__init__(zh, en, hint=hint, needed=needed, inputmode="decimal", autocomplete="off")
        self.min, self.max = min, max

    def read(self, typed: str) -> int:
        try:
            fen = money.parse_yuan(typed)
        except BadInput as problem:
            wrong(problem.zh, problem.en)
        low, high = money.yuan(self.min), money.yuan(self.max)
        if fen < self.min:
            wrong(f"至少 {low} 元。", f"At least {low} yuan, please.")
        if fen > self.max:
            wrong(f"最多 {high} 元。", f"At most {high} yuan, please.")
        return fen

    def show(self, value: Any) -> str:
        return "" if value is None else money.yuan(value)


class Whole(Asked):
    """A whole number from `min` to `max`."""

    shape = "number"

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        min: int = 0,
        max: int = 10**MAX_WHOLE_DIGITS - 1,
        hint: Hint = None,
        needed: bool = True,
    ) -> None:
        super().__init__(zh, en, hint=hint, needed=needed, inputmode="numeric", autocomplete="off")
        self.min, self.max = min, max

    def read(self, typed: str) -> int:
        if not _WHOLE.fullmatch(typed):
            wrong(
                "请只用半角数字 0–9 填写整数，不带符号、空格和逗号。",
                "Please write a whole number with the plain digits 0–9: no sign, space or comma.",
            )
        number = int(typed)
        if number < self.min:
            wrong(f"至少是 {self.min}。", f"At least {self.min}, please.")
        if number > self.max:
            wrong(f"最多是 {self.max}。", f"At most {self.max}, please.")
        return number


class Moment(Asked):
    """A time in Beijing, `2026-07-01T09:30`, read as milliseconds UTC."""

    shape = "moment"

    def read(self, typed: str) -> int:
        found = _MOMENT.fullmatch(typed)
        try:
            year, month, day, hour, minute = map(int, found.groups() if found else ("0",) * 5)
            start = calendar.start_of_day(date(year, month, day))
            datetime(year, month, day, hour, minute, tzinfo=UTC)
        except (ValueError, OverflowError):
            wrong(
                "请写成北京时间的日期和时刻，例如 2026-07-01T09:30。",
                "Please write date and time in Beijing, such as 2026-07-01T09:30.",
            )
        return start + (hour * 60 + minute) * _MINUTE_MS

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        day = calendar.shanghai_date(value)
        minutes = (value - calendar.start_of_day(day)) // _MINUTE_MS
        return f"{day.isoformat()}T{minutes // 60:02d}:{minutes % 60:02d}"


class Day(Asked):
    """A day, `2026-07-01`, read as a date."""

    shape = "day"

    def read(self, typed: str) -> date:
        try:
            if not _DAY.fullmatch(typed):
                raise ValueError
            return date.fromisoformat(typed)
        except ValueError:
            wrong("请写成日期，例如 2026-07-01。", "Please write a date, such as 2026-07-01.")


class Phone(Asked):
    """A mobile number of the mainland, 11 digits."""

    shape = "phone"

    def __init__(self, zh: str, en: str, *, hint: Hint = None, needed: bool = True) -> None:
        super().__init__(zh, en, hint=hint, needed=needed, inputmode="tel", autocomplete="tel")

    def read(self, typed: str) -> str:
        if not _PHONE.fullmatch(typed):
            wrong(
                "请填写 11 位大陆手机号，只用半角数字，例如 13800000000。",
                "Please write an 11-digit mainland mobile number in plain digits,"
                " such as 13800000000.",
            )
        return typed


class Code(Asked):
    """A one-time code of six digits."""

    shape = "code"

    def __init__(self, zh: str, en: str, *, hint: Hint = None) -> None:
        super().__init__(
            zh, en, hint=hint, inputmode="numeric", autocomplete="one-time-code", maxlength="6"
        )

    def read(self, typed: str) -> str:
        if not _CODE.fullmatch(typed):
            wrong("请填写短信中的 6 位数字。", "Please write the six digits of the message.")
        return typed


class Secret(Asked):
    """A password: taken as typed, never shown again."""

    shape = "secret"

    def show(self, value: Any) -> str:
        return ""


class Choice(Asked):
    """One of several `options`; a form may bring its own (`Form(schema, options={...})`)."""

    shape = "choice"
    asks = CHOOSE

    def __init__(
        self,
        zh: str,
        en: str,
        options: Sequence[tuple[str, str, str]] = (),
        *,
        hint: Hint = None,
        needed: bool = True,
        radios: bool = False,
    ) -> None:
        super().__init__(zh, en, hint=hint, needed=needed)
        self.options = [Option(*option) for option in options]
        if radios:
            self.shape = "radios"

    def read(self, typed: str) -> str:
        if typed not in {option.value for option in self.options}:
            wrong("请从列出的选项中选择一项。", "Please choose one of those listed.")
        return typed


class Choices(Choice):
    """Any number of the options, at least one if needed; read as a list in their order."""

    shape = "ticks"

    def read(self, typed: Any) -> Any:
        chosen = set(typed)
        if not chosen <= {option.value for option in self.options}:
            wrong("请只从列出的选项中选择。", "Please choose only from those listed.")
        return [option.value for option in self.options if option.value in chosen]


class Tick(Asked):
    """A box to tick. With `must=True` there is no going on without it."""

    shape = "tick"

    def __init__(self, zh: str, en: str, *, hint: Hint = None, must: bool = False) -> None:
        super().__init__(zh, en, hint=hint, needed=must)
        self.load_default = self._none(must) if must else False
        self.error_messages["required"] = [
            Text("请先阅读并勾选此项。", "Please read this and tick the box.")
        ]

    def read(self, typed: str) -> bool:
        if typed != "yes":
            wrong("请用页面上的方框勾选。", "Please use the box on the page.")
        return True

    def show(self, value: Any) -> str:
        return "yes" if value else ""


class File(Asked):
    """A file, of at most `max` bytes. The form has to be `multipart/form-data`."""

    shape = "file"
    asks = CHOOSE

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        accept: str,
        max: int = 20 * 1024 * 1024,
        hint: Hint = None,
        needed: bool = True,
    ) -> None:
        super().__init__(zh, en, hint=hint, needed=needed, accept=accept)
        self.max = max

    def read(self, typed: Any) -> Uploaded:
        if not isinstance(typed, FileStorage):
            wrong("请选择一个文件。", "Please choose a file.")
        data = typed.stream.read(self.max + 1)
        if len(data) > self.max:
            mib = self.max // (1024 * 1024)
            wrong(
                f"文件超过 {mib} MiB，请缩小后再上传。",
                f"The file is larger than {mib} MiB; please make it smaller.",
            )
        return Uploaded(typed.filename or "", data)

    def show(self, value: Any) -> str:
        return ""
