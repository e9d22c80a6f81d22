"""The forms of holds: a ruling, its outcome on appeal, and the appeal itself."""

from __future__ import annotations

from collectibles.web.fields import Choice, Tick, Words
from collectibles.web.forms import FormSchema

_REASONS = Words(
    "裁定理由",
    "Reasons",
    max=1000,
    lines=True,
    hint=(
        "写入公开账本，并告知相关账户；请勿写姓名、电话等个人信息",
        "Goes on the public ledger and to the account concerned; no names, no personal data",
    ),
)


class RulingForm(FormSchema):
    """What an officer rules on a hold."""

    ruling = Choice(
        "裁定",
        "Ruling",
        [("permit", "准许", "Permit"), ("refuse", "不准许", "Refuse")],
        radios=True,
    )
    reasons = _REASONS
    strike = Tick(
        "同时认定该账户违规",
        "This also establishes a breach by the account",
        hint=(
            "仅在不准许、且查实违规时勾选；会记入账户，申诉成立后消除",
            "Only for a refusal, and a breach that was found; kept with the account, and cleared if"
            " an appeal is upheld",
        ),
    )


class OutcomeForm(FormSchema):
    """What other officers rule on an appeal."""

    ruling = Choice(
        "对申诉的结论",
        "Outcome of the appeal",
        [
            ("permit", "申诉成立", "The appeal is upheld"),
            ("refuse", "申诉不成立，维持原裁定", "Dismissed; the refusal stands"),
        ],
        radios=True,
    )
    reasons = _REASONS


class AppealForm(FormSchema):
    """Why somebody thinks that the ruling is wrong."""

    words = Words(
        "您的理由",
        "Your reasons",
        max=2000,
        lines=True,
        hint=(
            "只有处理申诉的人员看得到；账本上只有它的摘要",
            "Only the officers who decide it read this; the ledger has its digest only",
        ),
    )
