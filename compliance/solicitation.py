"""Solicitation in what a giver writes: talk of selling, buying, prices, contacts, other places.

For the services that attest a gift: the ledger gets the kinds found, never the words. A text is
read as wording.py reads it, whatever is put between the letters; digits written in Chinese count as
digits. It finds words and understands nothing, so what it finds is looked at by a person, and what
it misses is missed: pictures, dialects and codes agreed elsewhere. The time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unicodedata import ucd_3_2_0 as _unicode

from compliance.wording import found

#: Phrases by the kind they are of. Jargon of the trade among them, as platforms list it.
_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    "price": (
        "报价", "标价", "一口价", "底价", "地板价", "成交价", "均价", "市场价", "溢价", "多少钱",
        "什么价", "可议价", "可刀", "小刀", "報價", "一口價", "底價", "成交價", "多少錢", "rmb",
        "price",
    ),
    "sale_words": (
        "出售", "转卖", "转手", "倒手", "出货", "抛售", "锁单", "秒锁", "锁仓", "预售", "寄售",
        "拍下", "成交", "买卖", "卖给", "卖掉", "卖你", "打包出", "诚出", "急出", "低出", "轉賣",
        "轉手", "出貨", "鎖單", "賣給", "賣你", "for sale", "sell", "selling", "sold",
    ),
    "wanted": (
        "求购", "收购", "高价收", "诚收", "长期收", "大量收", "批量收", "收一个", "求收",
        "有偿收", "有偿求", "求購", "收購", "高價收", "有償", "want to buy", "wtb", "buying",
    ),
    "off_site": (
        "闲鱼", "咸鱼", "站外", "线下交易", "私下交易", "私下转", "走转账", "先转账", "转账给",
        "打款", "付款码", "收款码", "定金", "订金", "尾款", "担保交易", "中介", "閒魚", "轉賬",
        "付款碼", "收款碼", "paypal", "bank transfer", "escrow",
    ),
    "contact": (
        "微信", "薇信", "威信", "徽信", "维信", "卫星号", "加微", "加薇", "加威", "加v", "加我v",
        "v信", "vx", "wechat", "weixin", "扣扣", "企鹅号", "qq", "私聊", "私我", "私信我", "电话",
        "手机号", "电报群", "進群", "进群", "拉群", "電話", "telegram", "whatsapp",
    ),
}  # fmt: skip

#: What makes a number before it a price, unless one of the letters beside it follows.
_UNITS: Final = {"元": "年代朝宵旦明清素", "块": "石碑田", "塊": "石碑田", "米": "长高宽卷画長捲畫"}
_DIGITS: Final = {c: d for d, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2}
#: A run of so many digits is a number to reach somebody by; eight may be a day.
_CONTACT: Final = 7


def solicitation(text: str) -> tuple[str, ...]:
    """The kinds of solicitation found in the text, in a fixed order; nothing for an empty one."""
    if not text.strip():
        return ()
    letters = _letters(text)
    kinds = {kind for kind, phrases in _PHRASES.items() if found([text], phrases)}
    kinds.update(_numbers(letters))
    return tuple(kind for kind in _PHRASES if kind in kinds)


def _letters(text: str) -> str:
    """Letters, digits and signs of money only, in one form."""
    return "".join(
        character
        for character in _unicode.normalize("NFKC", text).casefold()
        if _unicode.category(character)[0] in "LN" or character in "¥$"
    )


def _numbers(letters: str) -> Iterator[str]:
    """What the runs of digits in the text are: prices, offers, ways to reach somebody."""
    place = 0
    while place < len(letters):
        end = place
        while end < len(letters) and (letters[end].isdecimal() or letters[end] in _DIGITS):
            end += 1
        if end == place:
            place += 1
            continue
        run, before, after = (
            letters[place:end],
            letters[max(0, place - 1) : place],
            letters[end : end + 2],
        )
        if _is_contact(run):
            yield "contact"
        elif any(character.isdecimal() for character in run):
            yield from _amount(before, after)
        place = end


def _amount(before: str, after: str) -> Iterator[str]:
    """What stands beside a number: a sign or unit of money, `sell`, `buy`."""
    unit, then = after[:1], after[1:2]
    if (before and before in "¥$") or (unit in _UNITS and (not then or then not in _UNITS[unit])):
        yield "price"
    if before == "出":
        yield "sale_words"
    if before == "收":
        yield "wanted"


def _is_contact(run: str) -> bool:
    if len(run) < _CONTACT:
        return False
    digits = "".join(str(_DIGITS.get(character, character)) for character in run)
    return not (len(digits) == 8 and digits[:2] in ("19", "20"))
