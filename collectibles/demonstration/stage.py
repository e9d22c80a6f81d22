"""The stage: a service in one process whose clock is set, and hands to act on it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from collectibles import wiring
from collectibles.clock import SetClock
from collectibles.errors import CollectiblesError
from collectibles.payments.sandbox.accounts import open_account
from collectibles.payments.sandbox.gateway import Gateway
from collectibles.payments.sandbox.inprocess import create_gateway
from collectibles.services.admit_institution import admit_institution, admit_staff
from collectibles.services.context import Context, Settings
from collectibles.services.identity_verifier import demonstration_number
from collectibles.services.place_order import place_order
from collectibles.services.receive_notice import receive_notice
from collectibles.services.sign_in import ask_for_code, sign_in
from collectibles.services.terms import current
from collectibles.services.verify_person import verify_person
from collectibles.services.work import work
from collectibles.store.tables.orders import Order, Payment
from compliance.rule import Text

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

#: The password of every sign-in of the demonstration; it opens nothing anywhere else.
PASSWORD = "demonstration"  # noqa: S105

MUSEUMS = {
    "museum-heyuan": Text("河源博物馆（演示）", "Heyuan Museum (demonstration)"),
    "museum-yunling": Text("云岭美术馆（演示）", "Yunling Gallery (demonstration)"),
}
#: Well-formed social credit codes that are nobody's.
CODES = ("12110000MB0000001U", "12310000MB0000002C")
REGULATOR = "regulator-culture"
STAFF = (
    ("heyuan-curator", "museum-heyuan", "curator"),
    ("heyuan-reviewer", "museum-heyuan", "reviewer"),
    ("yunling-curator", "museum-yunling", "curator"),
    ("yunling-reviewer", "museum-yunling", "reviewer"),
    ("officer-one", REGULATOR, "officer"),
    ("officer-two", REGULATOR, "officer"),
    ("operator", "operator", "operator"),
    ("compliance-one", "operator", "compliance"),
    ("compliance-two", "operator", "compliance"),
)


@dataclass
class Stage:
    """The parts, and who is who: staff tags by login, accounts by phone."""

    ctx: Context
    clock: SetClock
    gateway: Gateway
    end: int
    staff: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)

    def at(self, days_before_the_end: float) -> None:
        """Put the clock forward to so many days before the end of the story, doing on the way
        what the worker does."""
        then = self.end - int(days_before_the_end * DAY_MS)
        self.clock.set_ms(max(then, self.clock.now_ms()))
        work(self.ctx)

    def person(self, phone: str, name: str) -> str:
        """Somebody signs in by phone and is verified; the account's id."""
        ctx = self.ctx
        sent = ask_for_code(ctx, phone, "192.0.2.1")
        assert sent.shown is not None
        versions = (current("terms").version, current("privacy").version)
        account = sign_in(ctx, sent.login, sent.shown, "zh", *versions)
        number = demonstration_number(phone, self.clock.now_ms())
        verify_person(ctx, account, name, number, current("real_name").version)
        self.accounts[phone] = account
        return account

    def visitor(self, phone: str) -> str:
        """Somebody signs in and is not verified."""
        sent = ask_for_code(self.ctx, phone, "192.0.2.1")
        assert sent.shown is not None
        versions = (current("terms").version, current("privacy").version)
        self.accounts[phone] = sign_in(self.ctx, sent.login, sent.shown, "zh", *versions)
        return self.accounts[phone]

    def buy(self, account: str, series: str, no_return: bool = False, **how: object) -> Order:
        """Order, pay at the sandbox (`how`: see Gateway.pay), and let the notice arrive."""
        given_up = current("no_return").version if no_return else None
        placed = place_order(
            self.ctx, account, series, secrets.token_hex(11), current("risk").version, given_up
        )
        self.pay(placed.order_id, **how)
        with self.ctx.database.begin() as session:
            return session.get_one(Order, placed.order_id)

    def pay(self, order_id: str, **how: object) -> None:
        """The payer pays the order's open payment."""
        with self.ctx.database.begin() as session:
            payment = session.query(Payment).filter_by(order_id=order_id, state="opened").one()
        self.clock.advance_ms(40_000)
        self.gateway.pay(payment.merchant, payment.id, **how)
        self.deliver()

    def deliver(self) -> None:
        """Let every notice that is due arrive, and everything that follows be done."""
        self.gateway.deliver_due(self.clock.now_ms())
        work(self.ctx)
        self.clock.advance_ms(2_000)
        self.gateway.deliver_due(self.clock.now_ms())
        work(self.ctx)


def refused(act: Callable[[], object]) -> CollectiblesError:
    """Do what must be refused; the story is wrong, and stops, if it is not."""
    try:
        act()
    except CollectiblesError as problem:
        return problem
    raise AssertionError("the demonstration expected a refusal")


def open_stage(settings: Settings, start: int, end: int) -> Stage:
    """The stage at `start` (ms UTC): ledger, institutions and staff are there, nothing else."""
    clock = SetClock(start)
    folder = settings.var_dir / "sandbox"
    for number, (museum, name) in enumerate(MUSEUMS.items(), 1):
        del museum
        keys = settings.var_dir / "secrets" / "merchants"
        open_account(folder, keys, f"merchant-{number}", name.zh, name.en)
    holder: list[Context] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = receive_notice(holder[0], "sandbox", headers, body)
        return answer.status, answer.body

    gateway, transport = create_gateway(folder, clock, post=post, public_url=settings.sandbox_url)
    ctx = wiring.context(settings, clock, transport)
    holder.append(ctx)
    wiring.create_ledger(ctx)
    stage = Stage(ctx, clock, gateway, end)
    admit_institution(ctx, settings.operator_id, "operator", settings.operator.name)
    for number, (museum, name) in enumerate(MUSEUMS.items(), 1):
        admit_institution(ctx, museum, "museum", name, f"merchant-{number}", CODES[number - 1])
    regulator = Text("文化市场监管机构（演示）", "Cultural regulator (demonstration)")
    admit_institution(ctx, REGULATOR, "regulator", regulator)
    for login, institution, role in STAFF:
        stage.staff[login] = admit_staff(ctx, institution, login, role, PASSWORD)
    return stage
