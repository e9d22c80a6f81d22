"""What happened in the 400 days, in order: what was permitted and what was refused.

Each scene is one thing the service is for, or one thing it will not do. Days count back from the
end of the story.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select

from collectibles.demonstration.stage import CODES, MUSEUMS, REGULATOR, Stage, refused
from collectibles.demonstration.works import Work, import_catalogues, issue, prepare
from collectibles.services.accept_gift import accept_gift
from collectibles.services.accept_resale import accept_resale
from collectibles.services.admit_institution import check_institution
from collectibles.services.complain import complain
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.offer_gift import offer_gift
from collectibles.services.offer_resale import offer_resale
from collectibles.services.publish_series import publish_series
from collectibles.services.refund_in_part import refund_in_part
from collectibles.services.request_return import request_return
from collectibles.services.rule_on_hold import Ruling, ask_ruling
from collectibles.services.terms import current
from collectibles.store.tables.orders import Order

#: The people, by phone. The numbers are of no real subscriber; the names are letters.
PEOPLE = {
    "13800000001": "演示甲",
    "13800000002": "演示乙",
    "13800000003": "演示丙",
    "13800000004": "演示丁",
    "13800000005": "演示戊",
    "13800000006": "演示己",
}
VISITOR = "13800000009"

_VASE = Work(
    "museum-heyuan", "HY-0012", "vase", "青花新枝", "A New Branch in Blue",
    "取青花瓶的折枝与瓶形，重新构图，以月色与海水纹呼应原器的留白。", 60, 19900, 1, 28,
)  # fmt: skip
_BRONZE = Work(
    "museum-heyuan", "HY-0047", "bronze", "鼎·回响", "Ding, an Echo",
    "以鼎的轮廓层叠成远山，把兽面纹化为回纹，由设计组全新绘制。", 3, 29900, 1, 20,
)  # fmt: skip
_MOUNTAINS = Work(
    "museum-yunling", "YL-3", "mountains", "云山之间", "Among Clouded Hills",
    "以原作的云气为题，用色块重写山形，保留其由近及远的节奏。", 80, 16800, 1, 28,
)  # fmt: skip
_LOTUS = Work(
    "museum-yunling", "YL-21", "lotus", "荷塘新雨", "Lotus Pond, New Rain",
    "从扇面的荷花出发，以几何花瓣与水纹重新组织画面。", 120, 9900, 1, 29,
)  # fmt: skip
_CELADON = Work(
    "museum-heyuan", "HY-0188", "celadon", "开片", "Crackle",
    "把釉面的开片放大为一张地图，青色的深浅来自原碗的釉层。", 100, 12800, 1, 29,
)  # fmt: skip
_PINE = Work(
    "museum-yunling", "YL-8", "moon_pine", "松间月", "Moon Among Pines",
    "以册页的一角为起点，重画松枝与月，只留三种墨色。", 150, 8800, 6, 25,
)  # fmt: skip
_RAW = Work(
    "museum-heyuan", "HY-0103", "sancai", "三彩罐原貌", "The Three-colour Jar As It Is",
    "文物原始照片。", 100, 9900, 2, 20, "photo", "raw_photo",
)  # fmt: skip
_JADE = Work(
    "museum-heyuan", "HY-0230", "jade", "璧", "Disc",
    "以玉璧的谷纹为点阵重新排布。", 100, 9900, 2, 20,
)  # fmt: skip


def tell(stage: Stage) -> None:
    """Act the whole story out; the clock ends near the stage's end."""
    import_catalogues(stage)
    stage.at(399)
    vase, bronze = issue(stage, _VASE), issue(stage, _BRONZE)
    _refused_series(stage)
    stage.at(397)
    people = [stage.person(phone, name) for phone, name in PEOPLE.items()]
    visitor = stage.visitor(VISITOR)
    _first_sales(stage, vase, bronze, people, visitor)
    _early_gift(stage, vase, people)
    _return_and_goodwill(stage, vase, people)
    mountains = _second_season(stage, people)
    _passing_on(stage, vase, bronze, people)
    _checked_again(stage, 150)
    _freeze_and_release(stage, mountains, people)
    _this_month(stage, vase, people)


def _refused_series(stage: Stage) -> None:
    """A raw picture of an object, and terms that do not match the source's."""
    for work in (_RAW, _JADE):
        series = prepare(stage, work)
        refused(lambda work=work, series=series: publish_series(stage.ctx, work.museum, series))  # type: ignore[misc]


def _first_sales(stage: Stage, vase: str, bronze: str, people: list[str], visitor: str) -> None:
    stage.at(396)
    for account in people[:5]:
        order = stage.buy(account, vase)
        assert order.state == "settled", order.state
    for account in people[:3]:  # sold to the last edition
        stage.buy(account, bronze, no_return=True)
    refused(lambda: stage.buy(people[3], bronze))
    refused(lambda: stage.buy(people[0], vase))  # one per person
    refused(lambda: stage.buy(visitor, vase))  # not verified
    foreign = stage.buy(people[5], vase, currency="USD")
    assert foreign.state == "refunded", foreign.state
    stage.at(395.5)
    stranger = stage.buy(people[5], vase, payer="mismatch")
    assert stranger.state == "held", stranger.state
    stage.at(395)
    _rule(stage, stranger, "refuse", "付款人与购买人不是同一人，购买人未作说明。（演示）")


def _rule(stage: Stage, order: Order, ruling: str, reasons: str) -> None:
    """The operator's compliance officer rules on what an order was held for."""
    ctx = stage.ctx
    assert order.entry is not None
    wanted = Ruling(order.entry, ruling, reasons)
    operator = ctx.settings.operator_id
    ask_ruling(ctx, operator, stage.staff["compliance-one"], wanted, secrets.token_hex(11))
    stage.deliver()


def _early_gift(stage: Stage, vase: str, people: list[str]) -> None:
    """Too soon: the right of return is open, and the holding period has just begun."""
    stage.at(394)
    refused(lambda: offer_gift(stage.ctx, people[0], vase, 1, secrets.token_hex(11)))


def _return_and_goodwill(stage: Stage, vase: str, people: list[str]) -> None:
    stage.at(393)
    request_return(stage.ctx, people[4], vase, 5, secrets.token_hex(11))
    stage.deliver()
    stage.at(380)
    reviewer = stage.staff["heyuan-reviewer"]
    order = _order_of(stage, people[3], vase)
    remark = "图片曾短暂显示异常，谨致歉意。"
    refund_in_part(stage.ctx, reviewer, order, 5000, remark, secrets.token_hex(11))
    stage.deliver()


def _second_season(stage: Stage, people: list[str]) -> str:
    stage.at(260)
    mountains = issue(stage, _MOUNTAINS)
    stage.at(258)
    for account in people[:4]:
        stage.buy(account, mountains)
    # Paid from a relative's account: looked at by a person, who lets it pass.
    relative = stage.buy(people[5], mountains, payer="mismatch")
    stage.at(257)
    _rule(stage, relative, "permit", "由近亲属代付，购买人已书面说明并提供关系证明。（演示）")
    return mountains


def _passing_on(stage: Stage, vase: str, bronze: str, people: list[str]) -> None:
    ctx = stage.ctx
    stage.at(200)
    offered = offer_gift(ctx, people[0], vase, 1, secrets.token_hex(11))
    stage.clock.advance_ms(7_200_000)
    accept_gift(ctx, people[5], offered.secret)
    stage.at(199)
    phones = list(PEOPLE)
    # Above cost; and at the price before part of it was refunded.
    refused(lambda: offer_resale(ctx, people[1], vase, 2, phones[4], 25900, secrets.token_hex(11)))
    refused(lambda: offer_resale(ctx, people[3], vase, 4, phones[4], 19900, secrets.token_hex(11)))
    stage.at(198)
    offer = offer_resale(ctx, people[1], vase, 2, phones[4], 19900, secrets.token_hex(11))
    stage.clock.advance_ms(3_600_000)
    placed = accept_resale(ctx, people[4], offer, secrets.token_hex(11), current("risk").version)
    stage.pay(placed.order_id)
    # What came as a gift cost nothing, and cannot be passed on for money.
    refused(lambda: offer_resale(ctx, people[5], vase, 1, phones[0], 1, secrets.token_hex(11)))
    offered = offer_gift(ctx, people[2], bronze, 3, secrets.token_hex(11))
    accept_gift(ctx, people[3], offered.secret)


def _freeze_and_release(stage: Stage, mountains: str, people: list[str]) -> None:
    stage.at(70)
    subject = f"{mountains}/1"
    freeze = Restraint(
        "freeze", "collectible", subject, "（演示）文监冻字第1号", "文化市场监管机构（演示）",
        "涉权属争议，依申请暂停转移", None,
    )  # fmt: skip
    _both_officers(stage, freeze)
    stage.at(69)
    refused(lambda: offer_gift(stage.ctx, people[0], mountains, 1, secrets.token_hex(11)))
    stage.at(55)
    release = Restraint(
        "release", "collectible", subject, "（演示）文监解字第1号", "文化市场监管机构（演示）",
        "争议已解决", None,
    )  # fmt: skip
    _both_officers(stage, release)


def _this_month(stage: Stage, vase: str, people: list[str]) -> None:
    """What a visitor finds: two series on sale, one to come, one freeze in force, a complaint."""
    _checked_again(stage, 15)
    stage.at(12)
    issue(stage, _LOTUS)
    stage.at(9)
    celadon = issue(stage, _CELADON)
    stage.at(5)
    freeze = Restraint(
        "freeze", "collectible", f"{vase}/3", "（演示）文监冻字第2号", "文化市场监管机构（演示）",
        "协助调查", stage.end + 60 * 86_400_000,
    )  # fmt: skip
    _both_officers(stage, freeze)
    stage.at(4)
    stage.buy(people[1], celadon)
    complain(
        stage.ctx,
        "service",
        "在手机上查看证书时图片加载较慢，希望改进。（演示）",
        "演示联系方式",
        secrets.token_hex(11),
    )
    stage.at(3)
    # Paid by somebody else, and not yet ruled on: it waits on the compliance officers' desk.
    waiting = stage.buy(people[5], celadon, payer="mismatch")
    assert waiting.state == "held", waiting.state
    stage.at(2)
    issue(stage, _PINE)
    stage.buy(people[2], celadon)
    stage.at(0.1)


def _checked_again(stage: Stage, days_before_the_end: int) -> None:
    """Who the museums are is looked at again, at least every six months."""
    stage.at(days_before_the_end)
    for museum, code in zip(MUSEUMS, CODES, strict=True):
        check_institution(stage.ctx, museum, code)


def _both_officers(stage: Stage, wanted: Restraint) -> None:
    ctx, one, two = stage.ctx, stage.staff["officer-one"], stage.staff["officer-two"]
    request = ask_restraint(ctx, REGULATOR, one, wanted, secrets.token_hex(11))
    stage.clock.advance_ms(1_800_000)
    confirm_restraint(ctx, REGULATOR, two, request)


def _order_of(stage: Stage, account: str, series: str) -> str:
    with stage.ctx.database.begin() as session:
        wanted = select(Order.id).where(Order.account_id == account, Order.series == series)
        return session.scalars(wanted.where(Order.state == "settled")).one()
