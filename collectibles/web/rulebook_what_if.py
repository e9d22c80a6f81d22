"""The regulator's question to the past: what would a changed rulebook have decided otherwise?"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request

from collectibles.errors import CollectiblesError
from collectibles.ledger.whatif import Answer as Found
from collectibles.ledger.whatif import read_changes
from collectibles.services.ask_what_if import MOST_ENTRIES, ask_what_if, command
from collectibles.web.fields import Choice, Day, Tick, Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, page
from collectibles.web.sessions import needs_staff
from compliance.changed import Change, say
from compliance.rulebook import parameters

blueprint = Blueprint("what_if", __name__)


class WhatIfForm(FormSchema):
    """A change of the rulebook, and the period to decide again."""

    parameter = Choice("参数", "Parameter", needed=False)
    value = Words(
        "改为",
        "Other value",
        max=400,
        needed=False,
        hint=(
            "整数，或几个词以逗号分隔；off 表示不设",
            "A whole number, or words with commas between; off for none",
        ),
    )
    rule = Choice("规则", "Rule", needed=False)
    switch = Choice(
        "该规则",
        "That rule",
        [("off", "停用", "Off"), ("on", "启用", "On")],
        needed=False,
    )
    day = Day(
        "自何日起",
        "From which day",
        needed=False,
        hint=("不填即自始改变", "Empty: changed throughout"),
    )
    since = Day("变动自", "Movements from", needed=False)
    until = Day("变动至", "Movements to", needed=False)
    newest = Tick(
        "一律按本软件最新规则库判定",
        "Under this software's newest rulebook throughout",
    )


@blueprint.get("/regulator/what-if")
@needs_staff("regulator")
def ask() -> Answer:
    """Ask by the address, so that a question can be passed on."""
    form = Form(WhatIfForm, options={"parameter": _parameters(), "rule": _rules()})
    found: Found | None = None
    changes: tuple[Change, ...] = ()
    period: tuple[date | None, date | None] = (None, None)
    newest = False
    if "since" in request.args and form.accept(request.args, keyed=False):
        values = form.values
        period, newest = (values["since"], values["until"]), bool(values["newest"])
        try:
            changes = _changes(form)
            if not form.errors:
                found = ask_what_if(ctx(), changes, *period, newest=newest)
        except CollectiblesError as problem:
            form.refuse(problem)
    return page(
        "rulebook/what_if.html",
        form=form,
        found=found,
        asked=[say(change) for change in changes],
        command=command(changes, *period, newest) if found else "",
        most=MOST_ENTRIES,
    )


def _changes(form: Form) -> tuple[Change, ...]:
    """What the form asks to change; says on the form what is missing or does not fit."""
    values = form.values
    day = f"@{values['day']}" if values["day"] else ""
    if bool(values["parameter"]) != bool(values["value"]):
        form.wrong("value", "请同时选择参数并填写改后的值。", "Choose a parameter and its value.")
    if bool(values["rule"]) != bool(values["switch"]):
        form.wrong("switch", "请选择规则以及停用或启用。", "Choose a rule, and off or on.")
    if not (values["parameter"] or values["rule"] or values["newest"]):
        form.wrong("parameter", "请至少改变一个参数或一条规则。", "Change a parameter or a rule.")
    if form.errors:
        return ()
    changed = [f"{values['parameter']}={values['value']}{day}"] if values["parameter"] else []
    switched = [f"{values['rule']}{day}"] if values["rule"] else []
    on = values["switch"] == "on"
    try:
        return read_changes(changed, [] if on else switched, switched if on else [])
    except CollectiblesError as problem:
        names = {"set": "value", "off": "rule", "on": "rule"}
        name = names.get(str(problem.figures.get("field", "")), "value")
        form.wrong(name, problem.zh, problem.en)
        return ()


def _parameters() -> list[tuple[str, str, str]]:
    known = ctx().ledger.rulebook().manifest["parameters"]
    return [
        (name, f"{each.title.zh}（{name}）", f"{each.title.en} ({name})")
        for name, each in sorted(parameters().items())
        if name in known
    ]


def _rules() -> list[tuple[str, str, str]]:
    book = ctx().ledger.rulebook()
    named = {rule.code: rule.title for rule in book.rules}
    return [(code, f"{t.zh}（{code}）", f"{t.en} ({code})") for code, t in sorted(named.items())]
