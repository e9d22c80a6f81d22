"""Signing in by code, and being verified by real name."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from collectibles.errors import BadInput, Conflict, TooMany, Unavailable
from collectibles.ledger import state
from collectibles.services.close_account import close_account
from collectibles.services.code_sender import send_code
from collectibles.services.identity_verifier import (
    DemonstrationVerifier,
    NoVerifier,
    demonstration_number,
)
from collectibles.services.sign_in import ask_for_code, show_login, sign_in
from collectibles.services.verify_person import verify_person
from collectibles.store.tables.people import Account, Consent, LoginCode, Person
from tests.service import Service
from tests.services.buying import (
    AGREED,
    REAL_NAME,
    make_account,
    make_buyer,
    make_series,
    order,
    pay,
)

PHONE = "13800000001"
MINUTE = 60_000


def test_the_first_sign_in_makes_the_account_and_the_next_finds_it(service: Service) -> None:
    first = make_account(service.ctx, 1)
    assert service.ctx.ledger.read.value(state.account(first))["person"] is None
    service.clock.advance_ms(MINUTE)
    assert make_account(service.ctx, 1) == first
    with service.ctx.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 1
        kinds = session.scalars(select(Consent.kind).order_by(Consent.kind)).all()
    assert kinds == ["privacy", "terms"]


def test_nothing_personal_is_kept_in_the_open(service: Service) -> None:
    make_buyer(service.ctx, 1)
    number = demonstration_number("buyer 1", service.clock.now_ms())
    with service.ctx.database.engine.connect() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        for table in tables.all():
            for row in connection.execute(text(f'SELECT t::text FROM "{table}" AS t')).scalars():
                for secret in (PHONE, number, "测试甲", "address-1"):
                    assert secret not in row
                    assert secret.encode().hex() not in row


def test_a_wrong_code_five_times_ends_it(service: Service) -> None:
    sent = ask_for_code(service.ctx, PHONE, "address")
    assert sent.shown is not None
    wrong = f"{(int(sent.shown) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(BadInput) as bad:
            sign_in(service.ctx, sent.login, wrong, "zh", **AGREED)
        assert bad.value.figures["tries_left"] == left
    with pytest.raises(Conflict):
        sign_in(service.ctx, sent.login, sent.shown, "zh", **AGREED)


def test_a_code_works_once_for_ten_minutes_and_in_its_own_browser(service: Service) -> None:
    sent = ask_for_code(service.ctx, PHONE, "address")
    assert sent.shown is not None
    with pytest.raises(Conflict):
        sign_in(service.ctx, "l-another", sent.shown, "zh", **AGREED)
    assert show_login(service.ctx, sent.login) is not None
    sign_in(service.ctx, sent.login, sent.shown, "zh", **AGREED)
    assert show_login(service.ctx, sent.login) is None
    with pytest.raises(Conflict):
        sign_in(service.ctx, sent.login, sent.shown, "zh", **AGREED)
    service.clock.advance_ms(MINUTE)
    late = ask_for_code(service.ctx, PHONE, "address")
    service.clock.advance_ms(10 * MINUTE)
    assert late.shown is not None
    with pytest.raises(Conflict):
        sign_in(service.ctx, late.login, late.shown, "zh", **AGREED)


def test_codes_are_not_sent_too_often(service: Service) -> None:
    ask_for_code(service.ctx, PHONE, "address")
    with pytest.raises(TooMany) as wait:
        ask_for_code(service.ctx, PHONE, "another address")
    assert 0 < wait.value.figures["retry_after"] <= 61  # type: ignore[operator]
    for _ in range(9):
        service.clock.advance_ms(MINUTE)
        ask_for_code(service.ctx, PHONE, "address")
    service.clock.advance_ms(MINUTE)
    with pytest.raises(TooMany):
        ask_for_code(service.ctx, PHONE, "address")
    with service.ctx.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(LoginCode)) == 10


def test_one_address_cannot_ask_for_the_whole_country(service: Service) -> None:
    for number in range(60):
        ask_for_code(service.ctx, f"1380000{number:04d}", "one address")
    with pytest.raises(TooMany):
        ask_for_code(service.ctx, "13800009999", "one address")
    ask_for_code(service.ctx, "13800009999", "another address")


def test_a_code_typed_in_twenty_places_at_once_signs_in_once(service: Service) -> None:
    sent = ask_for_code(service.ctx, PHONE, "address")
    answers: list[str] = []
    together = threading.Barrier(10)

    def press() -> None:
        together.wait()
        try:
            answers.append(sign_in(service.ctx, sent.login, sent.shown or "", "zh", **AGREED))
        except (Conflict, BadInput) as problem:
            answers.append(problem.code)

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([answer for answer in answers if answer.startswith("a-")]) == 1
    assert answers.count("code_over") == 9


def test_production_sends_nothing_without_a_sender(service: Service) -> None:
    settings = replace(service.ctx.settings, production=True, demonstration=False)
    ctx = replace(service.ctx, settings=settings, verifier=NoVerifier())
    with pytest.raises(Unavailable) as none:
        send_code(ctx, PHONE, "123456")
    assert none.value.code == "no_code_sender"
    account = make_account(service.ctx, 1)
    number = demonstration_number("x", service.clock.now_ms())
    with pytest.raises(Unavailable) as unverified:
        verify_person(ctx, account, "测试甲", number, REAL_NAME)
    assert unverified.value.code == "no_identity_verifier"


def test_a_verified_person_is_a_random_tag_on_the_ledger(service: Service) -> None:
    account = make_buyer(service.ctx, 1)
    value = service.ctx.ledger.read.value(state.account(account))
    with service.ctx.database.begin() as session:
        person = session.scalars(select(Person)).one()
        row = session.get_one(Account, account)
    assert value["person"] == person.id == row.person_id
    assert value["verified_at"] == service.clock.now_ms()
    (entry,) = [
        entry
        for entry in service.ctx.ledger.read.entries(0, 100)
        if entry["kind"] == "account" and entry["act"]["person"] is not None
    ]
    assert entry["act"]["verifier"] == DemonstrationVerifier.name
    assert entry["act"]["screened_at"] == service.clock.now_ms()
    assert (entry["act"]["screening"], entry["act"]["document"]) == ("clear", "resident")
    assert row.attested_entry is not None


def test_one_person_has_one_account(service: Service) -> None:
    make_buyer(service.ctx, 1)
    second = make_account(service.ctx, 2)
    document = demonstration_number("buyer 1", service.clock.now_ms())
    with pytest.raises(Conflict) as elsewhere:
        verify_person(service.ctx, second, "测试甲", document, REAL_NAME)
    assert elsewhere.value.code == "person_has_account"
    assert service.ctx.ledger.read.value(state.account(second))["person"] is None


def test_two_accounts_of_one_person_at_once_are_one(service: Service) -> None:
    accounts = [make_account(service.ctx, number) for number in range(1, 9)]
    document = demonstration_number("the same", service.clock.now_ms())
    answers: list[str] = []
    together = threading.Barrier(8)

    def press(account: str) -> None:
        together.wait()
        try:
            verify_person(service.ctx, account, "测试甲", document, REAL_NAME)
            answers.append("verified")
        except Conflict as problem:
            answers.append(problem.code)

    threads = [threading.Thread(target=press, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("verified") == 1
    assert answers.count("person_has_account") == 7


def test_consent_is_needed_in_the_version_shown(service: Service) -> None:
    account = make_account(service.ctx, 1)
    document = demonstration_number("x", service.clock.now_ms())
    for version in (None, "an old one"):
        with pytest.raises(BadInput) as bad:
            verify_person(service.ctx, account, "测试甲", document, version)
        assert bad.value.field == "consent"
    with service.ctx.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.parametrize(
    ("name", "number", "field"),
    [
        ("甲", "11010519491231002X", "name"),
        ("测试1", "11010519491231002X", "name"),
        ("测试甲", "110105194912310021", "document_number"),
        ("测试甲", "11010519491231002", "document_number"),
        ("测试甲", "not a number", "document_number"),
    ],
)
def test_bad_input_names_its_field(service: Service, name: str, number: str, field: str) -> None:
    account = make_account(service.ctx, 1)
    with pytest.raises(BadInput) as bad:
        verify_person(service.ctx, account, name, number, REAL_NAME)
    assert bad.value.field == field
    assert number not in bad.value.zh + bad.value.en


def test_the_demonstration_takes_nobodys_real_document() -> None:
    verifier = DemonstrationVerifier()
    assert verifier.verify("测试甲", "11010519491231002X").matches
    assert verifier.verify("测试甲", "440524188001010014").matches
    refused = verifier.verify("测试甲", "110105199003070004")
    assert not refused.matches
    assert refused.why is not None


def test_a_closed_account_is_closed_on_the_ledger_and_the_person_may_come_again(
    service: Service,
) -> None:
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    placed = order(service.ctx, buyer)
    with pytest.raises(Conflict) as busy:
        close_account(service.ctx, buyer)
    assert busy.value.code == "account_busy"
    pay(service, placed.order_id)
    service.pump()
    with pytest.raises(Conflict) as holds:
        close_account(service.ctx, buyer)
    assert holds.value.code == "account_holds"
    empty = make_buyer(service.ctx, 2)
    close_account(service.ctx, empty)
    close_account(service.ctx, empty)
    assert service.ctx.ledger.read.value(state.account(empty))["open"] is False
    service.clock.advance_ms(2 * MINUTE)
    again = make_buyer(service.ctx, 2)
    assert again != empty
    values = [service.ctx.ledger.read.value(state.account(one)) for one in (empty, again)]
    assert values[0]["person"] == values[1]["person"]
