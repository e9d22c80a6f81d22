"""Phrases are found however they are written, and not where they only seem to stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.wording import found
from tests.compliance.build import copy_package, lines_run, run_python


@pytest.mark.parametrize(
    "text",
    [
        "稳赚",
        "买到就是稳赚不赔",
        "稳 赚",
        "稳.赚",
        "稳—赚",
        "稳\u200b赚",
        "稳\n赚",
        "【稳】【赚】",
        "稳*_*赚",
        "稳\u0301赚",
        "稳\x1e赚",
        "稳\x00赚",
    ],
)
def test_what_is_put_between_the_characters_is_passed_over(text: str) -> None:
    assert found([text], ("稳赚",)) == ("稳赚",)


@pytest.mark.parametrize(
    "text",
    [
        "Buy Back",
        "buyback",
        "BUY-BACK",
        "ｂｕｙ　ｂａｃｋ",
        "b u y b a c k",
        "𝐛𝐮𝐲 𝐛𝐚𝐜𝐤",
        "ⓑⓤⓨ back",
        "we promise a buy back.",
    ],
)
def test_case_and_width_make_no_difference(text: str) -> None:
    assert found([text], ("buy back",)) == ("buy back",)


@pytest.mark.parametrize(
    "text",
    ["it was shown the relic hall", "town the relics", "own the relics", "own; the reliquary"],
)
def test_latin_words_are_found_whole(text: str) -> None:
    assert found([text], ("own the relic",)) == ()


def test_a_latin_word_may_touch_a_chinese_one() -> None:
    assert found(["承诺staking奖励"], ("staking",)) == ("staking",)
    assert found(["mistaking one for another"], ("staking",)) == ()


def test_they_come_in_the_order_asked_for_and_once() -> None:
    texts = ["回购，回购", "升值；稳赚", "稳赚"]
    assert found(texts, ("稳赚", "升值", "保本", "回购")) == ("稳赚", "升值", "回购")


def test_texts_are_read_one_by_one() -> None:
    assert found(["稳", "赚"], ("稳赚",)) == ()


def test_what_stands_within_a_harmless_phrase_is_not_found() -> None:
    assert found(["保留所有权利"], ("所有权",), ("保留所有权利",)) == ()
    assert found(["保留所有权利，并转让所有权"], ("所有权",), ("保留所有权利",)) == ("所有权",)
    assert found(["所有权利归买家"], ("所有权",), ("保留所有权利",)) == ("所有权",)


def test_a_harmless_phrase_covers_only_what_lies_within_it() -> None:
    """Two that meet in the middle of a phrase do not make it harmless."""
    assert found(["甲乙丙丁"], ("乙丙",), ("甲乙", "丙丁")) == ("乙丙",)
    assert found(["甲乙丙丁"], ("乙丙",), ("甲乙丙丁", "丙丁")) == ()


def test_a_denial_stands_directly_before() -> None:
    denials = ("不承诺", "no", "not")
    assert found(["本服务不承诺升值"], ("升值",), (), denials) == ()
    assert found(["不承诺：升值"], ("升值",), (), denials) == ()
    assert found(["不承诺退货，必升值"], ("升值",), (), denials) == ("升值",)
    assert found(["no guaranteed return"], ("guaranteed return",), (), denials) == ()
    assert found(["a piano guaranteed return"], ("guaranteed return",), (), denials) == (
        "guaranteed return",
    )


def test_one_that_is_not_denied_is_enough() -> None:
    assert found(["不承诺升值，但必升值"], ("升值",), (), ("不承诺",)) == ("升值",)


def test_nothing_is_found_in_nothing() -> None:
    assert found([], ("稳赚",)) == ()
    assert found(["", "——", "\u0000"], ("稳赚",), ("稳赚的",), ("不",)) == ()
    assert found(["稳赚"], ()) == ()


def test_a_phrase_without_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="no letters"):
        found(["text"], ("——",))


@pytest.mark.parametrize("unit", ["保", "保本真", "不承诺", "aa ", "稳-"])
def test_the_work_grows_as_the_text_does(unit: str) -> None:
    """Ten times the text runs about ten times the lines, for texts made to be slow too."""
    phrases, harmless, denials = (
        ("保" * 8 + "本", "保本", "a a a b"),
        ("保本真", "aaaa"),
        ("不承诺",),
    )

    def taken(length: int) -> int:
        text = unit * (length // len(unit))
        return lines_run(lambda: found([text], phrases, harmless, denials))

    assert taken(6_000) < 11 * taken(600)


def test_it_is_frozen_at_one_version_of_unicode(tmp_path: Path) -> None:
    """Characters that came later are passed over by every Python alike."""
    copy_package(tmp_path)
    code = "from compliance.wording import found; print(found(['稳\\U0001FBF1赚'], ('稳赚',)))"
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "('稳赚',)"
