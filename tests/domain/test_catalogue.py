"""Catalogue files as museums have them, and as nobody should."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectibles.domain.catalogue import (
    MAX_CELL_CHARS,
    MAX_PROBLEMS,
    MAX_ROWS,
    MuseumObject,
    Problem,
    parse_catalogue,
)
from collectibles.domain.rights import RightsStatement
from collectibles.domain.sheet import MAX_FILE_BYTES

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "museum" / "catalogue.csv"
HEADER = "accession_number,title,title_zh,museum,license\n"
ROW = "1,Bowl,碗,Museum of Bowls,CC0\n"
ZH_HEADER = "总登记号,名称,收藏单位,版权状态,质地,年代\n"
ZH_ROW = "0001,青瓷碗,碗博物馆,公有领域,瓷,北宋\n"


def problems(text: str | bytes) -> list[Problem]:
    found, wrong = parse_catalogue(text.encode() if isinstance(text, str) else text)
    assert found == []
    assert wrong
    for problem in wrong:
        assert problem.say("zh") != problem.say("en")
        assert problem.say("zh").isprintable()
        assert problem.say("en").isprintable()
    return wrong


def only(text: str | bytes) -> Problem:
    (problem,) = problems(text)
    return problem


def records(data: str | bytes) -> list[MuseumObject]:
    found, wrong = parse_catalogue(data.encode() if isinstance(data, str) else data)
    assert wrong == []
    return found


@pytest.mark.skipif(not REAL.exists(), reason="the shared museum records are not on this machine")
class TestRealRecords:
    def test_all_twenty_six(self) -> None:
        found = records(REAL.read_bytes())
        with REAL.open(encoding="utf-8", newline="") as stream:
            read = list(csv.DictReader(stream))
        assert len(found) == len(read) == 26
        for ours, theirs in zip(found, read, strict=True):
            assert ours.rights == theirs.pop("license")
            for column, text in theirs.items():
                assert getattr(ours, column) == text

    def test_in_every_way_a_spreadsheet_saves_it(self) -> None:
        data = REAL.read_bytes()
        expected = records(data)
        assert records(b"\xef\xbb\xbf" + data) == expected
        assert records(data.replace(b"\n", b"\r\n")) == expected
        assert records(data.replace(b"\n", b"\r")) == expected
        assert records(data.decode().encode("gb18030")) == expected

    def test_cut_anywhere_it_never_raises(self) -> None:
        data = REAL.read_bytes()
        for end in range(0, len(data), 97):
            found, wrong = parse_catalogue(data[:end])
            assert bool(found) != bool(wrong)


def test_chinese_header_in_both_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk"):
        (bowl,) = records((ZH_HEADER + ZH_ROW).encode(encoding))
        assert (bowl.accession_number, bowl.title, bowl.title_zh) == ("0001", "", "青瓷碗")
        assert (bowl.museum, bowl.medium, bowl.period) == ("碗博物馆", "瓷", "北宋")
        assert bowl.rights is RightsStatement.PUBLIC_DOMAIN


def test_header_in_other_hands() -> None:
    for header in (
        "Accession Number,TITLE,title-zh,Museum*,Licence\n",
        "ｏｂｊｅｃｔ number,Name,中文名称, Institution ,Rights Statement\n",
    ):
        (bowl,) = records(header + ROW)
        assert (bowl.accession_number, bowl.title, bowl.title_zh) == ("1", "Bowl", "碗")


def test_order_of_columns_and_unknown_ones_do_not_matter() -> None:
    (bowl,) = records("shelf,license,museum,title,object_number\nB7,CC0,M,Bowl,9\n")
    assert (bowl.accession_number, bowl.title, bowl.museum) == ("9", "Bowl", "M")


def test_text_in_cells_is_kept_on_one_line() -> None:
    (bowl,) = records(HEADER + '"26.271.1a, b"," Bowl\r\nwith ""fish"" ",碗,M,CC0\n')
    assert bowl.accession_number == "26.271.1a, b"
    assert bowl.title == 'Bowl with "fish"'


def test_empty_rows_are_skipped_but_counted() -> None:
    text = HEADER + "\n" + ROW + ",,,,\n" + "2,,,M,CC0\n"
    assert only(text).row == 5


def test_rows_are_numbered_as_the_spreadsheet_does() -> None:
    text = HEADER + '1,"Bowl\n\n\nwith fish",,M,CC0\n' + "2,Bowl,,M,none\n"
    assert only(text).row == 3


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",Bowl,碗,M,CC0", "accession_number"),
        ("1,,,M,CC0", "title / title_zh"),
        ("1,Bowl,碗,,CC0", "museum"),
        ("1,Bowl,碗,M,", "license"),
        ("1,Bowl,碗,M", "license"),
        ("1,Bowl,碗,M,CC BY-NC", "license"),
        ("1,Bo\0wl,碗,M,CC0", "title"),
        ("1,Bo\x1bwl,碗,M,CC0", "title"),
        ("1,Bowl,碗\x85,M,CC0", "title_zh"),
        ("1,Bowl,碗,M\u202e,CC0", "museum"),
        ("1,B\ufffdwl,碗,M,CC0", "title"),
        (f"1,{'b' * (MAX_CELL_CHARS + 1)},碗,M,CC0", "title"),
        ("1,Bowl,碗,M,CC0,more", ""),
        ("1,Bowl, a blue one,碗,M,CC0", ""),
        ('1,"Bowl,碗,M,CC0', ""),
        ('1,"Bowl" of fish,碗,M,CC0', ""),
    ],
)
def test_what_is_wrong_is_named_with_row_and_column(row: str, column: str) -> None:
    problem = only(f"{HEADER}{ROW}{row.replace('1', '2', 1)}\n")
    assert (problem.row, problem.column) == (3, column)


def test_the_column_is_called_as_the_file_calls_it() -> None:
    problem = only(ZH_HEADER + ZH_ROW.replace("公有领域", "随便用"))
    assert (problem.row, problem.column) == (2, "版权状态")
    assert problem.say("zh").startswith("第 2 行，版权状态：")
    assert problem.say("en").startswith("Row 2, 版权状态: ")


def test_addresses_are_web_addresses() -> None:
    header, row = HEADER.replace("title_zh", "source_url"), "1,Bowl,{},M,CC0\n"
    for address in ("https://museum.example/1", "http://museum.example/a?b=c", ""):
        assert records(header + row.format(address))[0].source_url == address
    for address in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//x",
        "www.x.example",
        "https://a b",
    ):
        assert only(header + row.format(f'"{address}"')).column == "source_url"


@pytest.mark.parametrize("again", ["1.a", "1.A", " 1.a ", "１.a"])
def test_an_accession_number_comes_once(again: str) -> None:
    problem = only(f"{HEADER}1.a,Bowl,碗,M,CC0\n2,Bowl,碗,M,CC0\n{again},Bowl,碗,M,CC0\n")
    assert (problem.row, problem.column) == (4, "accession_number")
    assert "2" in problem.en


@pytest.mark.parametrize("missing", ["accession_number", "museum", "license"])
def test_a_missing_column_is_named(missing: str) -> None:
    problem = only(HEADER.replace(missing, "shelf") + ROW)
    assert (problem.row, problem.column) == (1, missing)


def test_one_title_is_enough_and_none_is_not() -> None:
    assert records(HEADER.replace("title_zh", "x") + ROW)
    assert records(HEADER.replace("title,", "x,") + ROW)
    assert only("accession_number,museum,license\n1,M,CC0\n").column == "title / title_zh"


def test_a_column_that_comes_twice() -> None:
    problem = only(HEADER.replace("title_zh", "Name") + ROW)
    assert (problem.row, problem.column) == (1, "title")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_is_called_by_its_name(separator: str) -> None:
    problem = only((HEADER + ROW).replace(",", separator))
    assert problem.row == 1
    assert "逗号" in problem.zh
    assert "commas" in problem.en


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", HEADER.encode(), HEADER.encode() + b"\n\n,,\n"]
)
def test_nothing_in_it(data: bytes) -> None:
    assert only(data).row == 1


@pytest.mark.parametrize(
    "data",
    [
        (ZH_HEADER + ZH_ROW).encode("utf-16"),
        (ZH_HEADER + ZH_ROW).encode("utf-16-be"),
        HEADER.encode() + "1,Bowl,青花瓷碗,博物館,CC0\n".encode("big5"),
        (HEADER + ROW.replace("碗", "Schüssel")).encode("latin-1"),
        (HEADER + ROW.replace("碗", "Théière émaillée, Sèvres").replace(", S", " S")).encode(
            "cp1252"
        ),
        (HEADER + ROW.replace("碗", "Чаша")).encode("cp1251"),
        (HEADER + ROW).encode("utf-8") + b"\xff\xfe\n",
        b"\xef\xbb\xbf" + (ZH_HEADER + ZH_ROW).encode("gb18030"),
        (ZH_HEADER + ZH_ROW).encode("gb18030") + b"\xff\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    ],
)
def test_other_encodings_are_refused_not_guessed(data: bytes) -> None:
    problem = problems(data)[0]
    assert problem.row in (0, 1)
    if problem.row == 0:
        assert "UTF-8" in problem.zh
        assert "UTF-8" in problem.en


def test_the_line_that_cannot_be_read_is_named() -> None:
    data = (HEADER + ROW + ROW).encode() + "3,Schüssel,,M,CC0\n".encode("latin-1")
    assert "line 4 " in only(data).en


def test_a_workbook_is_called_by_its_name() -> None:
    assert "XLSX" not in only(b"PK\x03\x04" + bytes(100)).zh
    assert "另存为" in only(b"PK\x03\x04" + bytes(100)).zh


def test_limits_of_rows_and_bytes() -> None:
    rows = [f"{n},Bowl,碗,M,CC0\n" for n in range(MAX_ROWS + 1)]
    assert len(records(HEADER + "".join(rows[:-1]))) == MAX_ROWS
    assert only(HEADER + "".join(rows)).row == MAX_ROWS + 2
    assert only(HEADER.encode() + bytes(MAX_FILE_BYTES)).row == 0


def test_problems_are_listed_up_to_a_limit() -> None:
    wrong = problems(HEADER + "".join(f"{n},,,,\n" for n in range(MAX_ROWS)))
    assert len(wrong) == MAX_PROBLEMS
    assert wrong[0].row == 2
    assert "Too many" in wrong[-1].en


def hostile_files() -> Mapping[str, bytes]:
    head, full = HEADER.encode(), MAX_FILE_BYTES - len(HEADER)
    return {
        "a million rows": head + b"1,\n" * 1_000_000,
        "one cell": head + b'1,"' + b"x" * (full - 4) + b'"',
        "one line": head + b"x" * full,
        "only commas": head + b"," * full,
        "only commas in the header": b"," * full,
        "only quotes": head + b'"' * full,
        "a quote that never ends": head + b'1,"' + b"a,b\n" * (full // 4 - 1),
        "many cells over many lines": head + b'a,"\n",' * (full // 6),
        "only line ends": head + b"\r" * full,
        "only NUL": bytes(full),
        "half a character at the end": head + ROW.encode() * 1000 + "碗".encode()[:2],
        "four-byte characters": head + "𠀀".encode() * (full // 4),
    }


@pytest.mark.parametrize("name", hostile_files())
def test_hostile_files_cost_little(name: str) -> None:
    data = hostile_files()[name]
    tracemalloc.start()
    try:
        found, wrong = parse_catalogue(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == []
    assert 1 <= len(wrong) <= MAX_PROBLEMS
    assert peak < 48 * 1024 * 1024


@given(st.binary(max_size=300))
def test_any_bytes_give_records_or_problems(data: bytes) -> None:
    found, wrong = parse_catalogue(data)
    assert bool(found) != bool(wrong)
    found, wrong = parse_catalogue(HEADER.encode() + data)
    assert bool(found) != bool(wrong)


def test_damaged_files_give_records_or_problems(rng: Random) -> None:
    plain = (HEADER + ROW + '2,"Dish, ""blue""\n",盘,M,CC BY\n').encode()
    for _ in range(2000):
        data = bytearray(plain)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.choice(b',"\n\r\0\xff\xe7;x')
        found, wrong = parse_catalogue(bytes(data))
        assert bool(found) != bool(wrong)


simple = st.text(st.characters(min_codepoint=33, max_codepoint=0xD7FF, exclude_categories=["C"]))
cell = simple.map(lambda text: " ".join(text.split())).filter(lambda text: "\ufffd" not in text)


@given(st.lists(st.tuples(cell, cell, cell.filter(bool)), min_size=1, max_size=5))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("accession_number", "artist", "credit_line", "title", "museum", "license"))
    for number, (artist, credit, title) in enumerate(rows):
        writer.writerow((number, artist, credit, title, "M", "CC0"))
    found = records(out.getvalue())
    assert [(r.artist, r.credit_line, r.title) for r in found] == rows
