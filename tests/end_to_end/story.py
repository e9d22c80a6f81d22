"""The story of the main job, over HTTP: a museum issues, people buy, give, pass on and return, what
the rules forbid is refused, and a regulator looks.

Each chapter acts and keeps the pages that people saw; the tests look at them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.end_to_end.sources import Source
from tests.end_to_end.town import Town, in_both, words

Pages = tuple[str, str]


@dataclass
class Seen:
    """What people saw, in Chinese and English where both were looked at."""

    series: str = ""
    imported: str = ""
    raw: str = ""
    raw_in_english: str = ""
    share_alike: str = ""
    minted: str = ""
    sold_out: str = ""
    foreign: Pages = ("", "")
    given: str = ""
    too_dear: str = ""
    before_refund: str = ""
    passed_on: str = ""
    frozen: Pages = ("", "")
    too_soon: Pages = ("", "")
    returned: str = ""
    decisions: str = ""
    report: str = ""
    pages: dict[str, str] = field(default_factory=dict)


def tell(town: Town, given: Source) -> Seen:
    """The whole story; fails where something does not go as it should."""
    seen = Seen()
    the_museum_issues(town, given, seen)
    people_buy_to_the_last_edition(town, seen)
    one_is_returned(town, seen)
    it_is_too_soon(town, seen)
    town.wait(days=185)
    one_is_given(town, seen)
    one_is_passed_on_at_cost(town, seen)
    one_is_frozen(town, seen)
    the_regulator_looks(town, seen)
    return seen


def the_museum_issues(town: Town, given: Source, seen: Seen) -> None:
    curator, reviewer = town.staff("curator"), town.staff("reviewer")
    seen.imported = town.upload(curator, "/museum/objects", "catalogue", given.catalogue)
    for picture in given.pictures:
        page = town.upload(curator, "/museum/pictures", "picture", picture, number=given.free)
        assert "图片已保存" in page, words(page)
    raw = town.draft(curator, given.free, derivation="raw_photo", creative_statement="")
    town.review(curator, reviewer, raw)
    town.publish(reviewer, raw)
    assert reviewer.status == 422
    seen.raw = reviewer.page
    seen.raw_in_english = in_both(reviewer, f"/museum/series/{raw}")[1]
    alike = town.draft(curator, given.share_alike, picture=1)
    town.review(curator, reviewer, alike)
    seen.share_alike = town.publish(reviewer, alike).page
    assert reviewer.status == 422
    good = town.draft(curator, given.free)
    town.review(curator, reviewer, good)
    town.publish(reviewer, good)
    assert reviewer.status == 200, words(reviewer.page)
    reviewer.send({"count": "4", "sure": "yes"}, which='name="sure"')
    seen.minted, seen.series = reviewer.page, good


def people_buy_to_the_last_edition(town: Town, seen: Seen) -> None:
    town.wait(hours=3)
    for number in (1, 2, 3):
        town.buy(town.person(number), seen.series)
    abroad = town.person(7)
    order = town.order(abroad, seen.series)
    town.pay(abroad, order, currency="USD")
    town.wait(hours=1)
    seen.foreign = in_both(abroad, f"/orders/{order}")
    town.buy(town.person(4), seen.series)
    seen.sold_out = town.person(8).get(f"/series/{seen.series}")


def one_is_returned(town: Town, seen: Seen) -> None:
    fourth = town.people["4"]
    fourth.get(f"/collection/{seen.series}/4/return")
    fourth.send({"sure": "yes"}, which='name="sure"')
    town.wait(hours=1)
    seen.returned = fourth.get(fourth.path)


def it_is_too_soon(town: Town, seen: Seen) -> None:
    first = town.people["1"]
    town.post_to(first, f"/give/{seen.series}/1", gratuitous="yes")
    assert first.status == 422
    seen.too_soon = in_both(first, f"/give/{seen.series}/1")


def one_is_given(town: Town, seen: Seen) -> None:
    donor, friend = town.person(1), town.person(5)
    donor.get(f"/give/{seen.series}/1")
    donor.send({"gratuitous": "yes"}, which='name="gratuitous"')
    link = re.search(r">\s*https?://[^/\s]+(/gift/[\w-]+)\s*<", donor.page)
    assert link, words(donor.page)
    friend.get(link[1])
    friend.send({"gratuitous": "yes"}, which='name="gratuitous"')
    assert friend.path == f"/collection/{seen.series}/1", words(friend.page)
    seen.given = friend.page
    again = town.person(2)
    again.get(link[1])
    assert "已被领取" in again.page


def one_is_passed_on_at_cost(town: Town, seen: Seen) -> None:
    holder, curator = town.person(2), town.staff("curator")
    path = f"/pass-on/{seen.series}/2"

    def offer(yuan: str) -> str:
        town.post_to(holder, path, phone="13800000006", consideration=yuan, whole="yes")
        return holder.page

    seen.too_dear = offer("299.00")
    assert holder.status == 422
    order = re.search(r"/orders/(o-[0-9a-f]+)", holder.get("/orders"))
    assert order
    curator.get("/museum/refunds")
    curator.send(
        {"order": order[1], "amount": "49.00", "remark": "展期缩短，谨致歉意"},
        which='name="remark"',
    )
    assert curator.status == 200, words(curator.page)
    town.wait(days=1)  # the same refusal on the same day would be the same entry
    holder = town.person(2)
    seen.before_refund = offer("199.00")
    assert holder.status == 422
    offer("150.00")
    offered = holder.path
    assert re.fullmatch(r"/resale/[\w-]+", offered), words(holder.page)
    named = town.person(6)
    named.get(offered)
    named.send({"risk": "yes"}, which='name="risk_version"')
    assert named.path.startswith("/orders/"), words(named.page)
    town.pay(named, named.path.rpartition("/")[2])
    town.wait(hours=1)
    seen.passed_on = named.get(f"/collection/{seen.series}/2")
    assert named.status == 200
    holder.get(f"/collection/{seen.series}/2")
    assert holder.status == 404


def one_is_frozen(town: Town, seen: Seen) -> None:
    one, two = town.staff("officer-1"), town.staff("officer-2")
    one.get("/regulator/restraints")
    asked = {
        "action": "freeze",
        "scope": "collectible",
        "subject": f"{seen.series}/3",
        "document": "文监冻字〔2026〕1号",
        "authority": "文化监管机构",
        "basis": "涉权属争议",
    }
    one.send(asked, which='name="document"')
    assert one.status == 200, words(one.page)
    two.get("/regulator/restraints")
    two.send(which="/confirm")
    assert two.status == 200, words(two.page)
    held = town.person(3)
    town.post_to(held, f"/give/{seen.series}/3", gratuitous="yes")
    assert held.status == 422
    seen.frozen = in_both(held, f"/give/{seen.series}/3")
    assert "冻结" in held.get("/account/messages")


def the_regulator_looks(town: Town, seen: Seen) -> None:
    officer = town.people["officer-1"]
    seen.decisions = officer.get("/regulator/decisions?outcome=refused")
    first = re.search(r'href="(/regulator/decisions/[0-9]+)"', seen.decisions)
    assert first, words(seen.decisions)
    seen.pages["decision"] = officer.get(first[1])
    seen.pages["trail"] = officer.get(f"/regulator/trail/{seen.series}/2")
    seen.report = officer.get("/regulator/report?period=2026-03")
    seen.pages["csv"] = officer.get("/regulator/report/2026-03.csv")
    seen.pages["json"] = officer.get("/regulator/report/2026-Q1.json")
