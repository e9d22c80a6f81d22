"""The texts people agree to, with their versions. A version that was released is never edited.

What a buyer agreed to goes on the ledger as one digest (`digest`), from which anybody who has the
texts can tell which they were.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from collectibles.errors import BadInput
from collectibles.ledger import canonical


@dataclass(frozen=True, slots=True)
class Terms:
    """A text of a kind in one version, both languages."""

    kind: str
    version: str
    zh: str
    en: str

    @property
    def digest(self) -> str:
        """SHA-256 of kind, version and both texts, hexadecimal."""
        parts = [self.kind, self.version, self.zh, self.en]
        return hashlib.sha256(canonical.encode(parts)).hexdigest()


#: Every version ever released, the newest of a kind last.
RELEASED: Final = (
    Terms(
        "risk",
        "2026-03",
        "数字藏品不是投资品，不保证升值，也没有二级市场；不得用于炒作、代持或牟利。"
        "购买的是一份数字副本的收藏与展示权益，不是实物，也不取得作品的著作权。"
        "藏品可能因系列停止服务、账户被依法冻结等原因暂时不能转赠。",
        "A collectible is no investment: it is not promised to gain value and there is no place to"
        " sell it on. It may not be used for speculation, held for others or passed on for profit."
        " You buy the right to keep and show one digital copy: not the object, and no copyright."
        " A series that ends or an account that is lawfully frozen may keep you from giving it.",
    ),
    Terms(
        "seven_days",
        "2026-03",
        "自藏品入藏次日起七日内，您可以无理由退货：藏品收回注销，实付款项原路全额退回。"
        "退货期内藏品不能转赠或转让。",
        "For seven days from the day after the collectible is yours you may return it without"
        " giving a reason: it is taken back and retired, and all you paid goes back the way it"
        " came. During that time it cannot be given or passed on.",
    ),
    Terms(
        "no_return",
        "2026-03",
        "我要求立即完整交付这件数字藏品，并确认：交付后，这一订单不再适用七日无理由退货。",
        "I ask for this collectible to be delivered completely at once, and I confirm that after"
        " delivery the seven-day return does not apply to this order.",
    ),
    Terms(
        "real_name",
        "2026-03",
        "我单独同意：为落实实名要求和每人限购，本服务将我的姓名和证件号码提供给实名核验机构核验，"
        "并加密保存；它们不会写入账本、日志或任何公开页面，也不用于其他目的。"
        "我可以注销账户；注销后按规定期限保留，到期删除。",
        "I consent separately to this: to meet the real-name duty and the limit per person, this"
        " service gives my name and document number to an identity verifier and keeps them sealed;"
        " they appear in no ledger, no log and no public page and serve no other purpose. I may"
        " close my account; they are then kept for the prescribed time and deleted.",
    ),
    Terms(
        "terms",
        "2026-03",
        "用户协议：藏品只供收藏、学习与展示；账户限本人使用，不得出租、出借或出售；"
        "付款由支付机构收取并直接付给发行方，本服务不经手资金；争议可通过投诉表单提出。",
        "Terms of use: collectibles are for keeping, study and display; an account is for its"
        " holder alone and may not be rented, lent or sold; payments are taken by a payment"
        " institution and go to the seller, never through this service; disputes may be raised"
        " with the complaint form.",
    ),
    Terms(
        "privacy",
        "2026-03",
        "隐私政策：本服务收集手机号（用于登录）和实名信息（用于购买），加密保存；"
        "账本上只有随机编号。您可以查阅您的同意记录并注销账户。",
        "Privacy notice: this service keeps your phone number (to sign in) and your real name (to"
        " buy), sealed; the ledger has random tags only. You may look at what you consented to"
        " and close your account.",
    ),
)


def current(kind: str) -> Terms:
    """The newest version of this kind."""
    return [terms for terms in RELEASED if terms.kind == kind][-1]


def find(kind: str, version: str) -> Terms | None:
    """That version of this kind, or None."""
    return next((t for t in RELEASED if (t.kind, t.version) == (kind, version)), None)


def agreed(kind: str, version: str | None, field: str) -> str:
    """The version agreed to. Raises BadInput naming `field` if it is not the current text's."""
    now = current(kind)
    if version is None:
        raise BadInput(
            field,
            "agreement_needed",
            "请阅读并勾选这一项后再提交。",
            "Please read this and tick it before you send the form.",
        )
    if version != now.version:
        raise BadInput(
            field,
            "agreement_outdated",
            "这段文字已更新，请重新阅读并勾选。",
            "This text has changed; please read it again and tick it.",
        )
    return version


def digest(risk: str, no_return: str | None) -> str:
    """The digest of what a buyer agreed to for one order: what a sale carries on the ledger."""
    texts = [find("risk", risk)]
    texts.append(find("no_return", no_return) if no_return else current("seven_days"))
    parts = [text.digest if text else "" for text in texts]
    return hashlib.sha256(canonical.encode(parts)).hexdigest()
