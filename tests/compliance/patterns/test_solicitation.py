"""What a giver writes: talk of dealing is found, and wishes are not taken for it."""

from __future__ import annotations

import pytest

from compliance.solicitation import solicitation
from compliance.words import vocabulary
from tests.compliance.build import lines_run


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("800元", ("price",)),
        ("¥ 1,200", ("price",)),
        ("５００米 秒", ("price",)),
        ("出888 要的来", ("sale_words",)),
        ("收 300", ("wanted",)),
        ("诚 出，多少钱你说", ("price", "sale_words")),
        ("锁.单 加 薇 138 0000 0000", ("sale_words", "contact")),
        ("幺三八零零零零零零零零", ("contact",)),
        ("闲鱼拍，尾款转账给我", ("off_site",)),
        ("求购全套，有偿收", ("wanted",)),
        ("+ V X abc_123", ("contact",)),
        ("For  Sale, PayPal only", ("sale_words", "off_site")),
        ("QQ:3000001", ("contact",)),
        ("報價請私聊", ("price", "contact")),
    ],
)
def test_talk_of_dealing_is_found(text: str, kinds: tuple[str, ...]) -> None:
    assert solicitation(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "生日快乐，2026-10-10，永远年轻",
        "送给外婆：祝您健康长寿，请收下。",
        "2027元旦快乐！2027元宵节再见",
        "12米长卷，我们一起看过的那幅",
        "出门在外要照顾好自己，收到请回个信",
        "Happy birthday! With love from all of us, 3 cats and 1 dog.",
        "1279元年间的故事，你最喜欢",
        "一家三口，二十年，九九重阳",
        "新年红包换成一幅画",
    ],
)
def test_wishes_are_no_solicitation(text: str) -> None:
    assert solicitation(text) == ()


def test_every_kind_has_its_word() -> None:
    for kind in ("price", "sale_words", "wanted", "off_site", "contact"):
        assert kind in vocabulary()


def test_the_work_is_linear_in_the_text() -> None:
    def taken(length: int) -> int:
        text = ("出8元微1" * length)[:length]
        return lines_run(lambda: solicitation(text))

    assert taken(4_000) < 11 * taken(400)
