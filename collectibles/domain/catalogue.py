"""A museum's catalogue, from the bytes of a CSV file to checked records.

All or nothing: whatever is wrong is reported with its row and column as a spreadsheet shows them,
and if anything is wrong no record is handed out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import NamedTuple

from collectibles.domain.rights import RightsStatement, rights_statement
from collectibles.domain.sheet import HEADER_ROW, Problem, Unreadable, read_rows

MAX_ROWS = 10_000
MAX_CELL_CHARS = 10_000
MAX_PROBLEMS = 100
_MAX_COLUMNS = 200

_ALIASES: dict[str, tuple[str, ...]] = {
    "accession_number": (
        *("accession_no", "object_number", "inventory_number", "总登记号", "藏品编号", "藏品号"),
        *("文物编号", "登记号", "编号"),
    ),
    "title": ("title_en", "object_title", "name", "英文名称", "外文名称", "英文题名"),
    "title_zh": (
        *("title_cn", "chinese_title", "中文名称", "藏品名称", "文物名称", "名称", "题名"),
        "中文题名",
    ),
    "artist": ("maker", "creator", "作者", "艺术家", "制作者"),
    "object_name": ("object_type", "器物名称", "器名", "器型"),
    "date": ("dating", "date_made", "制作时间", "创作时间", "具体年代", "日期"),
    "period": ("dynasty", "年代", "时代", "朝代"),
    "medium": ("material", "materials", "质地", "材质"),
    "dimensions": ("size", "measurements", "外形尺寸", "尺寸"),
    "classification": ("category", "类别", "分类"),
    "museum": ("institution", "repository", "收藏单位", "馆藏单位", "博物馆"),
    "credit_line": ("credit", "来源", "入藏来源", "鸣谢"),
    "license": ("licence", "rights", "rights_statement", "版权状态", "权利声明", "授权", "许可"),
    "source_url": ("url", "link", "来源网址", "网址", "链接"),
}
_COLUMN = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}
_ALWAYS = ("accession_number", "museum", "license")
_TITLES = ("title", "title_zh")

# Control characters other than tab and line ends; marks that reorder text on screen; the mark
# that a former conversion left where a character was lost; what is no character at all.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd\ufffe\uffff]"
)
_URL = re.compile(r"https?://[^\s<>\"]{1,2000}")


@dataclass(frozen=True, slots=True)
class MuseumObject:
    """One object as its museum's catalogue describes it. Empty text: the catalogue is silent."""

    accession_number: str
    title: str
    title_zh: str
    artist: str
    object_name: str
    date: str
    period: str
    medium: str
    dimensions: str
    classification: str
    museum: str
    credit_line: str
    rights: RightsStatement
    source_url: str


class _Columns(NamedTuple):
    """Where the known columns are, and what the file itself calls them."""

    places: list[str | None]
    headings: dict[str, str]


def parse_catalogue(data: bytes) -> tuple[list[MuseumObject], list[Problem]]:
    """A catalogue file -> its records, or what is wrong with it: one of the two lists is empty.

    UTF-8 with or without BOM, or GB18030 when all of it is that and the header is recognised; names
    of columns in Chinese or English. Columns that are not known are left out. The first
    `MAX_PROBLEMS` problems are listed, then reading stops.
    """
    records: list[MuseumObject] = []
    problems: list[Problem] = []
    try:
        rows = read_rows(data, is_header)
        columns = _columns(next(rows, (HEADER_ROW, []))[1])
        seen: dict[str, int] = {}
        row = HEADER_ROW
        for count, (row, cells) in enumerate(rows, start=1):
            _check_volume(row, count, len(problems))
            found = _record(row, cells, columns, seen)
            if isinstance(found, MuseumObject):
                records.append(found)
            else:
                problems.extend(found)
        if row == HEADER_ROW:
            raise Unreadable(HEADER_ROW, "", "表头之下没有任何记录。", "No record follows it.")
    except Unreadable as stop:
        problems = [*problems[: MAX_PROBLEMS - 1], stop.problem]
    return ([], problems) if problems else (records, [])


def is_header(cells: list[str]) -> bool:
    """Whether this row names the columns a catalogue must have."""
    names = {_COLUMN.get(_folded(cell)) for cell in cells}
    return names.issuperset(_ALWAYS) and not names.isdisjoint(_TITLES)


def _check_volume(row: int, count: int, problems: int) -> None:
    if count > MAX_ROWS:
        raise Unreadable(
            row,
            "",
            f"记录超过 {MAX_ROWS} 条，请拆成几个文件分别导入。",
            f"There are more than {MAX_ROWS} records; please split the file and import the parts.",
        )
    if problems >= MAX_PROBLEMS:
        raise Unreadable(
            row,
            "",
            "问题太多，读到此行为止；请改正后再试。",
            "Too many problems; reading stopped here. Please correct them and try again.",
        )


def _columns(header: list[str]) -> _Columns:
    """What the header says; raises `Unreadable` when it will not do."""
    if len(header) > _MAX_COLUMNS:
        raise Unreadable(
            HEADER_ROW,
            "",
            f"列数超过 {_MAX_COLUMNS}。",
            f"There are more than {_MAX_COLUMNS} columns.",
        )
    places = [_COLUMN.get(_folded(name)) for name in header]
    known = [name for name in places if name]
    for name in sorted(set(known)):
        if known.count(name) > 1:
            raise Unreadable(
                HEADER_ROW,
                name,
                "表头中有两列含义相同，请只保留一列。",
                "Two columns of the header mean the same; please keep one.",
            )
    missing = [name for name in _ALWAYS if name not in known]
    if not any(name in known for name in _TITLES):
        missing.append("title / title_zh")
    if missing:
        names = "、".join(missing), ", ".join(missing)
        hint = ("", "")
        if len(header) <= 1 and re.search(r"[;\t|]", "".join(header)):
            hint = "；列之间应以逗号分隔", "; columns are to be separated by commas"
        raise Unreadable(
            HEADER_ROW,
            names[1],
            f"表头缺少必需的列：{names[0]}{hint[0]}。",
            f"The header lacks required columns: {names[1]}{hint[1]}.",
        )
    pairs = zip(places, header, strict=True)
    return _Columns(places, {name: cell.strip() for name, cell in pairs if name})


def _record(
    row: int, cells: list[str], columns: _Columns, seen: dict[str, int]
) -> MuseumObject | list[Problem]:
    """One row -> its record, or what is wrong with it. `seen`: accession number -> its row."""
    problems: list[Problem] = []
    values = dict.fromkeys(_ALIASES, "")
    width = len(columns.places)
    if any(cell.strip() for cell in cells[width:]):
        problems.append(
            Problem(
                row,
                "",
                f"本行有 {len(cells)} 格，表头只有 {width} 列；含逗号的内容请加引号。",
                f"This row has {len(cells)} cells, the header {width}; text with commas"
                " needs quotation marks.",
            )
        )
    for name, cell in zip(columns.places, cells, strict=False):
        if name is None:
            continue
        if wrong := _wrong_text(row, name, cell):
            problems.append(wrong)
        else:
            values[name] = " ".join(cell.split())
    if not problems:
        problems = _wrong_content(row, values, seen)
    rights = rights_statement(values.pop("license"))
    if problems or rights is None:
        headings = columns.headings
        return [replace(p, column=headings.get(p.column, p.column)) for p in problems]
    return MuseumObject(rights=rights, **values)


def _wrong_text(row: int, column: str, cell: str) -> Problem | None:
    if len(cell) > MAX_CELL_CHARS:
        return Problem(
            row,
            column,
            f"内容超过 {MAX_CELL_CHARS} 个字符。",
            f"The text is longer than {MAX_CELL_CHARS} characters.",
        )
    found = _FORBIDDEN.search(cell)
    if found is None:
        return None
    mark = f"U+{ord(found.group()):04X}"
    return Problem(
        row,
        column,
        f"含有不允许的字符 {mark}（控制符、改变文字方向的符号或转换时丢失的字符），请改正。",
        f"It contains {mark}, which is not allowed (a control character, a mark that reorders"
        " text, or a character lost in conversion).",
    )


def _wrong_content(row: int, values: dict[str, str], seen: dict[str, int]) -> list[Problem]:
    problems = [
        Problem(row, name, "此格不能为空。", "This cell must not be empty.")
        for name in _ALWAYS
        if not values[name]
    ]
    if not any(values[name] for name in _TITLES):
        names = " / ".join(_TITLES)
        problems.append(Problem(row, names, "至少要有一个名称。", "At least one title is needed."))
    if values["license"] and rights_statement(values["license"]) is None:
        known = " / ".join(RightsStatement)
        problems.append(
            Problem(
                row,
                "license",
                f"不认识这种权利声明；可用：{known}。",
                f"This rights statement is not known; use one of: {known}.",
            )
        )
    if values["source_url"] and _URL.fullmatch(values["source_url"]) is None:
        problems.append(
            Problem(
                row,
                "source_url",
                "网址应以 http:// 或 https:// 开头，且不含空格。",
                "An address begins with http:// or https:// and has no spaces.",
            )
        )
    key = unicodedata.normalize("NFKC", values["accession_number"]).casefold()
    first = seen.setdefault(key, row) if key else row
    if first != row:
        problems.append(
            Problem(
                row,
                "accession_number",
                f"与第 {first} 行的编号重复。",
                f"The same accession number as in row {first}.",
            )
        )
    return problems


def _folded(name: str) -> str:
    """A header cell as the alias table spells it."""
    plain = unicodedata.normalize("NFKC", name[:100]).casefold().strip(" \t\ufeff*")
    return re.sub(r"[\s\-]+", "_", plain)
