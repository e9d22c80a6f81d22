"""Forms: read what was sent, keep what was typed, say what is wrong field by field.

    form = Form(NewSeries)
    if request.method == "POST" and form.accept():
        try:
            make_series(ctx(), form_key=form.key, **form.values)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("museum.series_list", said=("已保存。", "Saved."))
    return page("museum/new_series.html", form=form)

Every rendering of a form carries a new random key. A service stores it with what it did, so that
the same form sent twice is done once and answered the same.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from marshmallow import RAISE, Schema, ValidationError
from werkzeug.datastructures import MultiDict

from collectibles.errors import BadInput, CollectiblesError, Refused
from collectibles.web.asked import Asked, Option, wrong
from collectibles.web.fields import Choice, Choices, File, Secret
from compliance.rule import Text

KEY_FIELD = "form_key"
CSRF_FIELD = "csrf_token"
MAX_UNKNOWN_NAMED = 3
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
# What addresses and buttons add to a form that is none of its questions.
_BESIDE = frozenset({KEY_FIELD, CSRF_FIELD, "lang"})


class FormSchema(Schema):
    """The questions of a form, in the order asked. Anything that is not asked is refused."""

    class Meta:
        unknown = RAISE


class BadForm(BadInput):
    """Something in a form is wrong; `errors` says what, by field ('' is the form as a whole)."""

    status = 422

    def __init__(self, errors: Mapping[str, Text]) -> None:
        field, first = next(iter(errors.items()))
        super().__init__(field, "form_wrong", first.zh, first.en)
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Item:
    """One question as a template draws it."""

    name: str
    shape: str
    label: Text
    hint: Text | None
    needed: bool
    error: Text | None
    typed: str
    chosen: tuple[str, ...]
    options: tuple[Option, ...]
    attributes: dict[str, str]
    first_wrong: bool

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def described_by(self) -> str:
        """The ids of hint and error, for `aria-describedby`."""
        ids = ((self.hint, f"{self.id}-hint"), (self.error, f"{self.id}-error"))
        return " ".join(name for there, name in ids if there)


class Form:
    """A form: blank, filled with `given` values, or with what a person sent.

    `given` are values (fen, milliseconds …) to start with; `options` replaces the options of
    choices by name. After `accept`: `values` if all is well, else `errors` by field.
    """

    def __init__(
        self,
        schema: type[FormSchema],
        given: Mapping[str, Any] | None = None,
        *,
        options: Mapping[str, Sequence[tuple[str, str, str]]] | None = None,
    ) -> None:
        self._schema = schema()
        self._fields: dict[str, Asked] = {
            name: field for name, field in self._schema.fields.items() if isinstance(field, Asked)
        }
        self.values: dict[str, Any] = {}
        self.errors: dict[str, Text] = {}
        self.problem: CollectiblesError | None = None
        self.key = ""
        self._typed: dict[str, tuple[str, ...]] = {}
        for name, choices in (options or {}).items():
            field = self._fields[name]
            assert isinstance(field, Choice), f"{name} is no choice"
            field.options = [Option(*choice) for choice in choices]
        for name, value in (given or {}).items():
            field = self._fields[name]
            several = value if isinstance(field, Choices) else [value]
            self._typed[name] = tuple(field.show(one) for one in several or ())

    def accept(
        self,
        sent: MultiDict[str, str] | None = None,
        files: MultiDict[str, Any] | None = None,
        *,
        keyed: bool = True,
    ) -> bool:
        """Read the request's form (or what is given; `keyed=False` for a search by GET).

        True: `values` and `key` are there. False: `errors` says why.
        """
        sent = request.form if sent is None else sent
        files = request.files if files is None else files
        self.errors, self.problem = {}, None
        self.values, self._typed = {}, {}
        self.key = sent.get(KEY_FIELD, "")
        if keyed and not _KEY.fullmatch(self.key):
            self.errors[""] = Text(
                "这张表单不完整或已过期。请检查下面的内容，再提交一次。",
                "This form was incomplete or out of date. Please check it and send it again.",
            )
        data = self._gather(sent, files)
        try:
            self.values = self._schema.load(data)
        except ValidationError as problem:
            self._collect(problem)
        if self.errors:
            self.values = {}
        return not self.errors

    def refuse(self, problem: CollectiblesError) -> None:
        """Show a service's error: at its field if the form has it, else above the form.

        Errors that are no fault of the form (not found, no access, a broken part …) and legal
        refusals go on to their own page.
        """
        if problem.status in (401, 403, 404, 500, 502, 503) or isinstance(problem, Refused):
            raise problem
        self.problem = problem
        field = getattr(problem, "field", "")
        said = Text(problem.zh, problem.en)
        if field in self._fields:
            self.errors[field] = self._named(field, said)
        else:
            self.errors[""] = said

    def wrong(self, name: str, zh: str, en: str) -> None:
        """Mark a field as wrong by the view's own check; '' is the form as a whole."""
        said = Text(zh, en)
        self.errors[name] = self._named(name, said) if name in self._fields else said

    def item(self, name: str) -> Item:
        """The question `name`, for a template."""
        field = self._fields[name]
        typed = self._typed.get(name, ())
        first = next((known for known in self._fields if known in self.errors), None)
        return Item(
            name,
            field.shape,
            field.label,
            field.hint,
            field.needed,
            self.errors.get(name),
            typed[0] if typed and not isinstance(field, Secret) else "",
            typed,
            tuple(field.options) if isinstance(field, Choice) else (),
            field.attributes,
            name == first,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields in the order asked."""
        return tuple(self._fields)

    @property
    def has_files(self) -> bool:
        """Does the form bring files (and so needs `multipart/form-data`)?"""
        return any(isinstance(field, File) for field in self._fields.values())

    def _gather(self, sent: MultiDict[str, str], files: MultiDict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, field in self._fields.items():
            if isinstance(field, File):
                file = files.get(name)
                if file is not None and file.filename:
                    data[name] = file
                continue
            typed = tuple(sent.getlist(name))
            self._typed[name] = typed
            if isinstance(field, Choices):
                if typed:
                    data[name] = list(typed)
            elif len(typed) > 1:
                self.errors[name] = self._named(name, _TWICE)
            elif typed and (typed[0] if isinstance(field, Secret) else typed[0].strip()):
                data[name] = typed[0] if isinstance(field, Secret) else typed[0].strip()
        unknown = [name for name in (*sent, *files) if name not in {*self._fields, *_BESIDE}]
        if unknown:
            self.errors[""] = _unknown(unknown)
        return data

    def _collect(self, problem: ValidationError) -> None:
        found = problem.messages if isinstance(problem.messages, dict) else {"": problem.messages}
        for name, said in found.items():
            sentence = next((one for one in said if isinstance(one, Text)), None)
            assert sentence is not None, f"{name}: a check of a form speaks both languages"
            if name in self._fields:
                self.errors.setdefault(name, self._named(name, sentence))
            else:
                self.errors.setdefault("", sentence)

    def _named(self, name: str, said: Text) -> Text:
        label = self._fields[name].label
        if label.zh in said.zh and label.en in said.en:
            return said
        return Text(f"{label.zh}：{said.zh}", f"{label.en}: {said.en}")


def load(
    schema: type[FormSchema],
    sent: MultiDict[str, str],
    *,
    options: Mapping[str, Sequence[tuple[str, str, str]]] | None = None,
) -> dict[str, Any]:
    """What was sent as values, for requests without a page to show errors in (searches, one-button
    forms). Raises `BadForm`."""
    form = Form(schema, options=options)
    if not form.accept(sent, MultiDict(), keyed=False):
        raise BadForm(form.errors)
    return form.values


def form_key() -> str:
    """A new random key (128 bits) for a form about to be shown."""
    return secrets.token_urlsafe(16)


def sent_key() -> str:
    """The key of the form that was sent, for one-button forms. Raises BadInput without one."""
    key = request.form.get(KEY_FIELD, "")
    if not _KEY.fullmatch(key):
        raise BadInput(
            KEY_FIELD,
            "form_key_missing",
            "这张表单不完整或已过期。请回到上一页，刷新后再试一次。",
            "This form was incomplete or out of date. Please go back, reload, and try again.",
        )
    return key


def install(app: Flask) -> None:
    """Make `form_key()` known to templates."""
    app.jinja_env.globals["form_key"] = form_key


_TWICE = Text("这一项被填写了两次，请只保留一个。", "This was filled in twice; please keep one.")


def _unknown(names: Sequence[str]) -> Text:
    shown = [name for name in names if _NAME.fullmatch(name)][:MAX_UNKNOWN_NAMED]
    listed = f" ({', '.join(shown)})" if shown else ""
    return Text(
        f"表单中有本页没有的内容{listed}，未被接受。请刷新页面后重新填写。",
        f"The form brought something this page does not ask for{listed}; it was not accepted."
        " Please reload the page and fill it in again.",
    )


__all__ = ["BadForm", "Form", "FormSchema", "form_key", "load", "sent_key", "wrong"]
