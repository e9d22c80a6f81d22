"""The project's states as a word and a tone, for badges.

Tones: good (done, permitted), wait (something is still to come), bad (refused, frozen), plain.
"""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    """How a state is shown."""

    tone: str
    zh: str
    en: str


STATES: dict[str, State] = {
    # decisions
    "permitted": State("good", "准许", "Permitted"),
    "held": State("wait", "待复核", "Held for review"),
    "refused": State("bad", "拒绝", "Refused"),
    "passed": State("good", "通过", "Passed"),
    "not_applicable": State("plain", "不适用", "Not applicable"),
    # series
    "draft": State("plain", "草稿", "Draft"),
    "submitted": State("wait", "待审核", "Awaiting review"),
    "reviewed": State("good", "已审核", "Reviewed"),
    "published": State("good", "已发布", "Published"),
    "now": State("good", "发售中", "On sale"),
    "soon": State("wait", "即将开售", "Coming soon"),
    "gone": State("plain", "已售罄", "Sold out"),
    "past": State("plain", "已结束", "Sale ended"),
    # orders, payments, refunds
    "placed": State("wait", "待支付", "To be paid"),
    "paid": State("wait", "已支付", "Paid"),
    "settled": State("good", "已完成", "Done"),
    "expired": State("plain", "已超时关闭", "Expired"),
    "closed": State("plain", "已关闭", "Closed"),
    "refunding": State("wait", "退款中", "Being refunded"),
    "refunded": State("plain", "已退款", "Refunded"),
    "part_refunded": State("plain", "已部分退款", "Partly refunded"),
    "returning": State("wait", "退货处理中", "Being returned"),
    # A draft comes back from its reviewer and a collectible from its buyer: 退回 serves both.
    "returned": State("plain", "已退回", "Returned"),
    "case": State("wait", "人工处理中", "With a case officer"),
    "opened": State("wait", "待支付", "To be paid"),
    "processing": State("wait", "处理中", "In progress"),
    "done": State("good", "已完成", "Done"),
    "failed": State("bad", "未成功", "Failed"),
    # holds
    "permit": State("good", "裁定准许", "Permitted by ruling"),
    "refuse": State("bad", "裁定不准许", "Refused by ruling"),
    "lapse": State("plain", "逾期失效", "Lapsed"),
    "withdraw": State("plain", "当事人撤回", "Withdrawn"),
    # gifts and passing on
    "offered": State("wait", "待对方接受", "Awaiting acceptance"),
    "given": State("good", "已赠出", "Given"),
    "reserved": State("wait", "已锁定", "Reserved"),
    "settling": State("wait", "转让处理中", "Being passed on"),
    "voiding": State("wait", "取消处理中", "Being cancelled"),
    "posted": State("good", "已转让", "Passed on"),
    "declined": State("plain", "已谢绝", "Declined"),
    "withdrawn": State("plain", "已撤回", "Withdrawn"),
    "lapsed": State("plain", "已过期", "Lapsed"),
    "voided": State("plain", "已取消", "Voided"),
    # restraints, complaints
    "asked": State("wait", "待确认", "Awaiting confirmation"),
    "confirmed": State("good", "已确认", "Confirmed"),
    "frozen": State("bad", "已冻结", "Frozen"),
    "released": State("good", "已解冻", "Released"),
    "taken_down": State("bad", "已下架", "Taken down"),
    "open": State("wait", "处理中", "Open"),
    "answered": State("good", "已答复", "Answered"),
}


def state_words(state: str) -> State:
    """How a state is shown. One that is not in the table is a defect and shows as it is."""
    return STATES.get(state) or State("plain", state, state)
