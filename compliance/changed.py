"""A rulebook changed for a question: "what if this value were another, or this rule off?"

The changed rulebook is never in force anywhere. It is bound from a manifest as any other, so it
has a digest of its own, and no entry can carry it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from compliance.parameters import Parameter, Plain
from compliance.rule import Rule, Text, describe
from compliance.rulebook import Rulebook, bind, held_values, parameters, register, rules

_LISTS = ("words", "closed_days")


class ChangeError(ValueError):
    """A change that cannot be asked for. `field` is set, off or on; `text` says why."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text.en)
        self.field = field
        self.text = text


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter has another value, from `since` on or, if that is None, throughout."""

    name: str
    value: Plain
    since: date | None


@dataclass(frozen=True, slots=True)
class Switch:
    """A rule is off (or on), from `since` on or throughout; `version` None: every version of it
    goes off, the newest goes on."""

    code: str
    version: int | None
    on: bool
    since: date | None


Change = Setting | Switch


def read_setting(text: str) -> Setting:
    """`name=value` or `name=value@YYYY-MM-DD`; several words or days are joined by commas, and
    `off` is no value. Raises ChangeError naming what is unknown or of another type."""
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not equals:
        raise _wrong("set", f"“{text}”应写作“参数=值”。", f"{text!r} is not NAME=VALUE.")
    parameter = parameters().get(name)
    if parameter is None:
        raise _unknown("set", "参数", "parameter", name, parameters())
    value, at, day = rest.partition("@")
    return Setting(name, _value(parameter, value.strip()), _day("set", day) if at else None)


def read_switch(text: str, on: bool) -> Switch:
    """`code`, `code@2` for one version, and `…@YYYY-MM-DD` to begin on a day. Raises ChangeError
    naming a rule that is unknown."""
    field = "on" if on else "off"
    code, *marks = (part.strip() for part in text.split("@"))
    version, since = None, None
    for mark in marks:
        if mark.isascii() and mark.isdecimal() and len(mark) < 4:
            version = int(mark)
        else:
            since = _day(field, mark)
    known = {rule.code for rule in rules().values()}
    if code not in known:
        raise _unknown(field, "规则", "rule", code, known)
    if version is not None and f"{code}@{version}" not in rules():
        raise _unknown(field, "规则", "rule", f"{code}@{version}", rules())
    switch = Switch(code, version, on, since)
    if on:
        _may_begin(switch)
    return switch


def changed(book: Rulebook, changes: Sequence[Change]) -> Rulebook:
    """The rulebook with these changes. What it does not have is not changed: `lacks` says so."""
    manifest = book.manifest
    for change in changes:
        if isinstance(change, Setting):
            manifest = _set(manifest, change)
        elif change.on:
            manifest = _on(manifest, change)
        else:
            manifest = _off(manifest, change)
    return bind(manifest, free=("since", "until"))


def lacks(book: Rulebook, change: Change) -> bool:
    """Whether the rulebook has no such parameter, or no such rule to switch off."""
    if isinstance(change, Setting):
        return change.name not in book.manifest["parameters"]
    return not change.on and not any(_is_of(rule, change) for rule in book.manifest["rules"])


def say(change: Change) -> Text:
    """The change as a line, in the form the command line takes it."""
    day = f"@{change.since}" if change.since else ""
    if isinstance(change, Setting):
        value = change.value
        shown = "off" if value is None else ",".join(value) if isinstance(value, list) else value
        return Text(f"{change.name}={shown}{day}", f"{change.name}={shown}{day}")
    version = f"@{change.version}" if change.version else ""
    zh, en = ("启用", "on") if change.on else ("停用", "off")
    return Text(f"{zh} {change.code}{version}{day}", f"{en} {change.code}{version}{day}")


def _set(manifest: dict[str, Any], change: Setting) -> dict[str, Any]:
    """Values before the day stay; from it on there is this one. Choices count as values."""
    described = manifest["parameters"].get(change.name)
    if described is None:
        return manifest
    held = held_values(manifest, change.name)
    first = change.since or (held[0].since if held else date.min)
    kept = [[h.since.isoformat(), h.value] for h in held if h.since < first]
    values = [*kept, [first.isoformat(), change.value]]
    choices = {name: value for name, value in manifest["choices"].items() if name != change.name}
    named = {change.name: {**described, "values": values}}
    return {**manifest, "choices": choices, "parameters": {**manifest["parameters"], **named}}


def _off(manifest: dict[str, Any], change: Switch) -> dict[str, Any]:
    def ended(rule: dict[str, Any]) -> dict[str, Any]:
        if not _is_of(rule, change):
            return rule
        day = max(change.since.isoformat() if change.since else "", rule["since"])
        return {**rule, "until": min(day, rule["until"] or day)}

    return {**manifest, "rules": [ended(rule) for rule in manifest["rules"]]}


def _on(manifest: dict[str, Any], change: Switch) -> dict[str, Any]:
    """The rule is there without an end; what it reads and cites comes with it."""
    rule = _newest(change)
    since = change.since.isoformat() if change.since else rule.since.isoformat()
    begun = {**describe(rule), "since": since, "until": None}
    others = [
        each
        for each in manifest["rules"]
        if (each["code"], each["version"]) != (rule.code, rule.version)
    ]
    read = {
        name: {
            "unit": parameters()[name].unit,
            "values": [[v.since.isoformat(), v.value] for v in parameters()[name].values],
        }
        for name in rule.reads
    }
    texts = {
        i.id: [i.source, i.since.isoformat(), i.until.isoformat() if i.until else None]
        for i in register().values()
        if any(cite.instrument == i.id for cite in rule.cites)
    }
    return {
        **manifest,
        "rules": sorted([*others, begun], key=lambda each: (each["code"], each["version"])),
        "parameters": {**read, **manifest["parameters"]},
        "instruments": {**texts, **manifest["instruments"]},
    }


def _is_of(rule: dict[str, Any], change: Switch) -> bool:
    return rule["code"] == change.code and change.version in (None, rule["version"])


def _newest(change: Switch) -> Rule:
    if change.version is not None:
        return rules()[f"{change.code}@{change.version}"]
    return max((r for r in rules().values() if r.code == change.code), key=lambda r: r.version)


def _may_begin(change: Switch) -> None:
    """A rule cannot begin before what it reads has a value."""
    rule, since = _newest(change), change.since
    for name in rule.reads:
        first = parameters()[name].values[0].since
        if since is not None and since < first:
            raise _wrong(
                "on",
                f"{change.code} 读取的参数 {name} 自 {first} 才有值，不能更早启用。",
                f"{change.code} reads {name}, which has a value from {first} on only; "
                "it cannot begin earlier.",
            )


def _value(parameter: Parameter, text: str) -> Plain:
    """The text as a value in the parameter's unit. Raises ChangeError."""
    name, unit = parameter.name, parameter.unit
    if text == "off":
        return None
    if unit in _LISTS:
        items = sorted({item.strip() for item in text.split(",") if item.strip()})
        if unit == "closed_days":
            items = [_day("set", item).isoformat() for item in items]
            if not items:
                raise _wrong("set", f"{name} 需要日期。", f"{name} needs days.")
        return items
    if unit == "choice":
        known = parameter.allowed or tuple(
            str(held.value) for held in parameter.values if held.value is not None
        )
        if text not in known:
            listed = ", ".join(known)
            raise _wrong(
                "set",
                f"{name} 只能是 {listed} 或 off，不能是“{text}”。",
                f"{name} may be {listed} or off, not {text!r}.",
            )
        return text
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise _wrong(
            "set",
            f"{name} 是整数（{unit}）或 off，不能是“{text}”。",
            f"{name} is a whole number ({unit}) or off, not {text!r}.",
        )
    return int(text)


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise _wrong(
            field, f"“{text}”不是日期（年-月-日）。", f"{text!r} is not a day, YYYY-MM-DD."
        ) from None


def _unknown(field: str, zh: str, en: str, name: str, known: Any) -> ChangeError:
    near = get_close_matches(name, list(known), 1)
    also = (f"是否指 {near[0]}？", f" Did you mean {near[0]}?") if near else ("", "")
    return _wrong(
        field, f"没有名为“{name}”的{zh}。{also[0]}", f"There is no {en} {name!r}.{also[1]}"
    )


def _wrong(field: str, zh: str, en: str) -> ChangeError:
    return ChangeError(field, Text(zh, en))
