"""A CSV file as it arrives from a spreadsheet program: its encoding, its rows, its limits.

Read as a stream with a limit on every part, so a hostile file costs little more memory than its
own size. Rows are numbered as the spreadsheet shows them, the header being row 1; a cell with
line ends in it does not shift the count.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_FILE_BYTES = 10 * 1024 * 1024
WHOLE_FILE = 0
HEADER_ROW = 1

_MAX_EMPTY_ROWS = 50_000
_MAX_RECORD_CHARS = 400_000
_CHUNK = 64 * 1024
_SAMPLE = 256 * 1024
_GB18030_CHARACTER = re.compile(rb"[\x81-\xfe](?:[0-9][\x81-\xfe][0-9]|[\x40-\xfe])")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the row as the spreadsheet counts (header 1; 0: the whole file)."""

    row: int
    column: str
    zh: str
    en: str

    def say(self, language: str) -> str:
        """The sentence with its place, in `zh` or `en`."""
        if language == "en":
            place = f"Row {self.row}" if self.row else "File"
            return f"{place}{', ' if self.column else ''}{self.column}: {self.en}"
        place = f"第 {self.row} 行" if self.row else "文件"
        return f"{place}{'，' if self.column else ''}{self.column}：{self.zh}"


class Unreadable(Exception):
    """Reading on makes no sense; `problem` says why."""

    def __init__(self, row: int, column: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.problem = Problem(row, column, zh, en)


def read_rows(
    data: bytes, is_header: Callable[[list[str]], bool]
) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) for the header and for each row that has anything in it.

    UTF-8 with or without BOM; otherwise GB18030, when the whole file is that and `is_header` knows
    its first row. Raises `Unreadable` when there is no reading on.
    """
    stream = io.TextIOWrapper(io.BytesIO(data), _encoding(data, is_header), newline="")
    row = spent = empty = 0

    def lines() -> Iterator[str]:
        nonlocal spent
        while line := stream.readline(_MAX_RECORD_CHARS + 1):
            spent += len(line)
            if spent > _MAX_RECORD_CHARS:
                raise Unreadable(
                    row + 1,
                    "",
                    "本行过长，或有一个引号没有闭合。",
                    "This row is far too long, or a quotation mark is not closed.",
                )
            yield line

    reader = csv.reader(lines(), strict=True)
    while True:
        spent = 0
        try:
            cells = next(reader, None)
        except csv.Error:
            raise Unreadable(
                row + 1,
                "",
                "本行的引号不成对（引号内的引号要写两次），或有一格过长。",
                "The quotation marks in this row do not pair (one inside quoted text is written"
                " twice), or a cell is far too long.",
            ) from None
        if cells is None:
            return
        row += 1
        if row == HEADER_ROW or any(cell.strip() for cell in cells):
            yield row, cells
        else:
            empty += 1
            if empty > _MAX_EMPTY_ROWS:
                raise Unreadable(
                    row, "", "空行太多，请删去。", "Too many empty rows; please delete them."
                )


def _encoding(data: bytes, is_header: Callable[[list[str]], bool]) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable(
            WHOLE_FILE,
            "",
            "文件超过 10 MiB，请拆成几个文件分别导入。",
            "The file is larger than 10 MiB; please split it and import the parts.",
        )
    if data.startswith(_WORKBOOKS):
        raise Unreadable(
            WHOLE_FILE,
            "",
            "这是电子表格工作簿，不是 CSV；请在表格软件中另存为“CSV UTF-8（逗号分隔）”。",
            "This is a spreadsheet workbook, not CSV; please save it as “CSV UTF-8 (comma"
            " delimited)”.",
        )
    broken_at = 0 if data.startswith(_UTF_16) else _undecodable(data, "utf-8")
    if broken_at is None:
        return "utf-8-sig"
    if not data.startswith((codecs.BOM_UTF8, *_UTF_16)):
        first_line = data[:_CHUNK].splitlines()[0].decode("gb18030", "replace")
        header = next(csv.reader([first_line]), [])
        if is_header(header) and _reads_as_chinese(data):
            return "gb18030"
    line = data.count(b"\n", 0, broken_at) + 1
    raise Unreadable(
        WHOLE_FILE,
        "",
        f"文件不是 UTF-8 编码（约从第 {line} 行起无法读取）；请另存为“CSV UTF-8（逗号分隔）”。",
        f"The file is not UTF-8 (unreadable from about line {line} on); please save it as"
        " “CSV UTF-8 (comma delimited)”.",
    )


def _reads_as_chinese(data: bytes) -> bool:
    """Whether this decodes as GB18030 to what somebody may have written.

    Nearly any bytes decode as GB18030. What gives other encodings away: accented Latin letters take
    the ASCII letter after them as their second half, and Big5 reaches into the private-use area.
    """
    if _undecodable(data, "gb18030") is not None:
        return False
    doubles = letters = 0
    for found in _GB18030_CHARACTER.finditer(data, 0, _SAMPLE):
        first, second = found.group()[:2]
        if second >= 0xA1 and (0xAA <= first <= 0xAF or first >= 0xF8):
            return False
        doubles += 1
        letters += chr(second).isascii() and chr(second).isalpha()
    return 3 * letters <= doubles


def _undecodable(data: bytes, encoding: str) -> int | None:
    """About where the data stops being this encoding; None: nowhere. Decodes piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data) + 1, _CHUNK):
        piece = data[start : start + _CHUNK]
        try:
            decoder.decode(piece, final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start + min(error.start, len(piece))
    return None
