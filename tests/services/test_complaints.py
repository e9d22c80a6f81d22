"""Complaints: a number and a word for whoever writes, sealed words, an answer once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from collectibles.errors import Conflict, NotFound, TooMany
from collectibles.services import complain as complaining
from collectibles.services.complain import answer, complain, complaints, get_complaint, look_up
from collectibles.store.tables.oversight import Complaint
from tests.service import Service

WORDS, CONTACT = "页面显示有误", "13800000001"


def test_a_complaint_is_sealed_and_shown_to_whoever_has_its_word(service: Service) -> None:
    ctx = service.ctx
    made = complain(ctx, "service", WORDS, CONTACT, "key")
    shown = look_up(ctx, made.number, made.secret)
    assert (shown.text, shown.contact, shown.state) == (WORDS, CONTACT, "open")
    assert shown.due_at - shown.made_at == 15 * 86_400_000
    for number, secret in ((made.number, "wrong"), (made.number + 1, made.secret)):
        with pytest.raises(NotFound):
            look_up(ctx, number, secret)
    with ctx.database.begin() as session:
        row = session.scalars(select(Complaint)).one()
        kept = repr([getattr(row, column.name) for column in Complaint.__table__.columns])
    for words in (WORDS, CONTACT, made.secret):
        assert words not in kept
        assert words.encode().hex() not in kept
    listed = complaints(ctx)
    assert [each.number for each in listed] == [made.number]
    assert not hasattr(listed[0], "text")
    assert listed[0].about.zh == "网站使用与服务"


def test_the_same_form_at_once_is_one_complaint(
    service: Service, another: Callable[[], Service]
) -> None:
    contexts = [service.ctx, another().ctx] * 4
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda ctx: complain(ctx, "other", WORDS, CONTACT, "key"), contexts))
        other = list(
            pool.map(lambda n: complain(service.ctx, "other", WORDS, CONTACT, f"k{n}"), range(4))
        )
    assert len(made) == 1
    assert sorted(each.number for each in other) == [1002, 1003, 1004, 1005]


def test_an_answer_is_given_once_and_seen(service: Service) -> None:
    ctx, staff = service.ctx, service.staff["operator"]
    made = complain(ctx, "order", WORDS, CONTACT, "key")
    answer(ctx, made.number, "已修复", staff)
    answer(ctx, made.number, "已修复", staff)
    with pytest.raises(Conflict):
        answer(ctx, made.number, "另一个答复", staff)
    with pytest.raises(NotFound):
        answer(ctx, 9999, "已修复", staff)
    shown = look_up(ctx, made.number, made.secret)
    assert (shown.state, shown.answer) == ("answered", "已修复")
    with ctx.database.begin() as session:
        assert session.get_one(Complaint, made.number).answered_by == staff
    assert complaints(ctx, "open") == []
    with pytest.raises(NotFound):
        get_complaint(ctx, 2**63)


def test_one_address_cannot_keep_everybody_else_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = service.ctx
    monkeypatch.setattr(complaining, "MOST_AN_HOUR_FROM_ONE_ADDRESS", 3)
    for number in range(3):
        complain(ctx, "other", WORDS, CONTACT, f"k{number}", "192.0.2.1")
    with pytest.raises(TooMany):
        complain(ctx, "other", WORDS, CONTACT, "k3", "192.0.2.1")
    assert complain(ctx, "other", WORDS, CONTACT, "k2", "192.0.2.1").number == 1003
    assert complain(ctx, "other", WORDS, CONTACT, "k4", "192.0.2.2").number == 1004
    with ctx.database.begin() as session:
        kept = session.execute(text("SELECT what, whom FROM tally")).all()
    assert all(b"192.0.2" not in bytes(row[1]) for row in kept)
    monkeypatch.setattr(complaining, "MOST_AN_HOUR", 4)
    with pytest.raises(TooMany):
        complain(ctx, "other", WORDS, CONTACT, "k5", "192.0.2.3")
    service.clock.advance_ms(3_600_001)
    complain(ctx, "other", WORDS, CONTACT, "k5", "192.0.2.3")
