"""The regulator's forms, and the kinds of entries in words."""

from __future__ import annotations

from collectibles.web.fields import Choice, Day, Moment, Whole, Words
from collectibles.web.forms import FormSchema
from compliance.rule import KINDS, Text

#: Every kind of entry in words.
KIND_WORDS = {
    "platform": Text("平台情况", "The platform"),
    "series": Text("发布系列", "Series published"),
    "mint": Text("铸造", "Mint"),
    "sale": Text("发售", "Sale"),
    "gift": Text("赠送", "Gift"),
    "resale": Text("转让", "Passing on"),
    "refund": Text("退款", "Refund"),
    "return": Text("退货", "Return"),
    "restraint": Text("冻结或解冻", "Freeze or release"),
    "takedown": Text("下架或恢复", "Takedown or restoration"),
    "burn": Text("销毁", "Burning"),
    "forced": Text("依法转移", "Transfer by law"),
    "account": Text("账户状态", "Account"),
    "member": Text("成员", "Member"),
    "rulebook": Text("规则库", "Rulebook"),
    "genesis": Text("账本创建", "Ledger created"),
    "correction": Text("更正", "Correction"),
    "refusal": Text("拒绝", "Refusal"),
    "hold": Text("暂缓", "Hold"),
    "ruling": Text("裁定", "Ruling"),
    "appeal": Text("申诉", "Appeal"),
}
#: Items of the report and kinds of cases that are not kinds of entries.
ITEM_WORDS = {
    "resale_post": Text("转让价款（新持有人支付）", "Passing on: paid by the new holder"),
    "refund_pending": Text("退款发起", "Refunds begun"),
    "refund_done": Text("退款完成", "Refunds done"),
    "refund_failed": Text("退款未成", "Refunds failed"),
    "opened": Text("新建", "opened"),
    "closed": Text("办结", "closed"),
    "made": Text("收到", "received"),
    "answered": Text("答复", "answered"),
    "answered_late": Text("逾期答复", "answered late"),
    "unmatched_notice": Text("支付通知无法对应", "A payment notice that fits nothing"),
    "order": Text("订单", "An order"),
    "payment": Text("付款", "A payment"),
}


class FilterForm(FormSchema):
    """What decisions to look for."""

    kind = Choice("种类", "Kind", [(k, *KIND_WORDS[k]) for k in KINDS], needed=False)
    outcome = Choice(
        "结果",
        "Outcome",
        [
            ("permitted", "准许", "Permitted"),
            ("held", "待复核", "Held"),
            ("refused", "拒绝", "Refused"),
        ],
        needed=False,
    )
    code = Choice("未通过的规则", "Rule not passed", needed=False)
    account = Words("账户编号", "Account", max=64, needed=False)
    series = Words("系列编号", "Series", max=64, needed=False)
    edition = Whole("藏品序号", "Edition", min=1, max=1_000_000, needed=False)
    since = Day("自", "From", needed=False)
    until = Day("至", "To", needed=False)
    before = Whole("早于记录", "Before entry", min=1, max=2**53 - 1, needed=False)


class RestraintForm(FormSchema):
    """A freeze or a release, as an officer asks for it."""

    action = Choice(
        "措施",
        "Measure",
        [("freeze", "冻结", "Freeze"), ("release", "解除冻结", "Release")],
        radios=True,
    )
    scope = Choice(
        "对象种类",
        "Of what",
        [
            ("collectible", "一件藏品", "A collectible"),
            ("series", "一个系列", "A series"),
            ("account", "一个账户", "An account"),
        ],
        radios=True,
    )
    subject = Words(
        "对象编号",
        "Identifier",
        max=80,
        hint=(
            "藏品如 s-1a2b3c4d5e6f/7，系列如 s-1a2b3c4d5e6f，账户如 a-1a2b3c4d5e6f",
            "s-1a2b3c4d5e6f/7 for a collectible, s-… for a series, a-… for an account",
        ),
    )
    document = Words("文书号", "Document number", max=80)
    authority = Words("机关", "Authority", max=80)
    basis = Words("依据", "Legal basis", max=200)
    until = Moment(
        "冻结至",
        "Until",
        needed=False,
        hint=(
            "北京时间；不填表示未定期限；解冻不需填写",
            "Beijing time; empty: no term; not for a release",
        ),
    )


class PeriodForm(FormSchema):
    """Which period to report on."""

    period = Words(
        "期间", "Period", max=7, hint=("如 2026-01 或 2026-Q1", "such as 2026-01 or 2026-Q1")
    )
