"""Forms: strict reading, sentences that name the field and the way out, nothing lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from collectibles.errors import BadInput, Conflict, NotFound
from collectibles.web import fields
from collectibles.web.forms import BadForm, Form, FormSchema, form_key, load
from tests.web.base_site import GOOD, START, Order, Site, refusal

KEY = "A" * 22


class Everything(FormSchema):
    """The kinds of fields that `Order` does not have."""

    phone = fields.Phone("手机号", "Mobile number")
    code = fields.Code("验证码", "Code")
    secret = fields.Secret("密码", "Password")
    day = fields.Day("日期", "Day")
    uses = fields.Choices("用途", "Uses", [("a", "甲", "A"), ("b", "乙", "B"), ("c", "丙", "C")])
    maybe = fields.Tick("订阅", "Subscribe")


WHOLE = {
    "phone": "13800001234",
    "code": "012345",
    "secret": "  kept as typed ",
    "day": "2026-02-28",
    "uses": "a",
}


@pytest.fixture(scope="module")
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(database_url, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


def filled(schema: type[FormSchema], typed: dict[str, Any], **more: Any) -> Form:
    form = Form(schema)
    form.accept(MultiDict({"form_key": KEY, **typed, **more}), MultiDict())
    return form


def test_what_fits_is_read_as_values() -> None:
    form = filled(Order, GOOD, opens_at="2026-07-01T09:30", work="b", remark=" 一行\r\n二行 ")
    assert form.errors == {}
    assert form.values == {
        "title": "春山",
        "price": 19900,
        "size": 1000,
        "opens_at": int(datetime(2026, 7, 1, 1, 30, tzinfo=UTC).timestamp() * 1000),
        "work": "b",
        "remark": "一行\n二行",
        "agree": True,
    }
    form = filled(Everything, WHOLE)
    assert form.values == {
        "phone": "13800001234",
        "code": "012345",
        "secret": "  kept as typed ",
        "day": date(2026, 2, 28),
        "uses": ["a"],
        "maybe": False,
    }


def test_what_is_optional_and_empty_is_none() -> None:
    assert filled(Order, GOOD, opens_at="", remark="  ").values["remark"] is None
    assert filled(Order, GOOD).values["work"] is None


REFUSED = [
    ("title", "", "请填写“标题”", "Please fill in “Title”"),
    ("title", "\u3000 ", "请填写“标题”", "Please fill in “Title”"),
    ("title", "春" * 13, "最多 12 字，现在是 13 字", "At most 12 characters; it now has 13"),
    ("title", "春\n山", "请写成一行", "on one line"),
    ("title", "春\x00山", "看不见的", "invisible"),
    ("title", "春\u202e山", "看不见的", "invisible"),
    ("title", "春\u200b山", "看不见的", "invisible"),
    ("title", "春\ufffd", "看不见的", "invisible"),
    ("price", "０．１", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "１９９", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "1_000", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "0.001", "最多保留两位小数", "at most two decimals"),
    ("price", "-1", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "1e3", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "¥199", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "1,000", "只用数字和一个小数点", "plain digits and one point"),
    ("price", "0", "至少 0.01 元", "At least 0.01 yuan"),
    ("price", "10000.01", "最多 10000.00 元", "At most 10000.00 yuan"),
    ("price", "9" * 30, "金额过大", "too large"),
    ("size", "１０", "半角数字", "plain digits"),
    ("size", "1_000", "半角数字", "plain digits"),
    ("size", "-1", "半角数字", "plain digits"),
    ("size", "+1", "半角数字", "plain digits"),
    ("size", "1.0", "半角数字", "plain digits"),
    ("size", "٣", "半角数字", "plain digits"),
    ("size", "9" * 40, "半角数字", "plain digits"),
    ("size", "0", "至少是 1", "At least 1"),
    ("size", "100001", "最多是 100000", "At most 100000"),
    ("opens_at", "2026-02-30T00:00", "北京时间", "in Beijing"),
    ("opens_at", "2026-02-28T24:00", "北京时间", "in Beijing"),
    ("opens_at", "2026-02-28 10:00", "北京时间", "in Beijing"),
    ("opens_at", "２０２６-02-28T10:00", "北京时间", "in Beijing"),
    ("opens_at", "0000-01-01T00:00", "北京时间", "in Beijing"),
    ("opens_at", "0001-01-01T00:00", "北京时间", "in Beijing"),
    ("work", "c", "选择一项", "choose one"),
    ("agree", "", "勾选", "tick"),
    ("agree", "1", "方框", "box"),
    ("phone", "１３８００００１２３４", "11 位", "11-digit"),
    ("phone", "12800001234", "11 位", "11-digit"),
    ("phone", "+8613800001234", "11 位", "11-digit"),
    ("code", "12345", "6 位数字", "six digits"),
    ("code", "１２３４５６", "6 位数字", "six digits"),
    ("day", "2026-02-29", "日期", "date"),
    ("day", "20260228", "日期", "date"),
    ("uses", "d", "列出的选项", "those listed"),
    ("secret", "", "请填写“密码”", "Please fill in “Password”"),
]


@pytest.mark.parametrize(("name", "typed", "zh", "en"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence_that_names_the_field(
    name: str, typed: str, zh: str, en: str
) -> None:
    schema, good = (Order, GOOD) if name in Order().fields else (Everything, WHOLE)
    form = filled(schema, good, **{name: typed})
    assert set(form.errors) == {name}
    assert form.values == {}
    said = form.errors[name]
    assert zh in said.zh
    assert en in said.en
    label = form.item(name).label
    assert label.zh in said.zh
    assert label.en in said.en


@given(st.text(max_size=20))
def test_a_whole_number_is_ascii_digits_or_nothing(typed: str) -> None:
    field = fields.Whole("数", "Number")
    try:
        number = field.read(typed)
    except ValidationError:
        assert not re.fullmatch("[0-9]{1,15}", typed)
    else:
        assert re.fullmatch("[0-9]{1,15}", typed)
        assert number == int(typed)


@given(st.integers(0, 4_102_444_800_000))
def test_a_moment_shown_is_read_as_the_same_minute(at: int) -> None:
    field = fields.Moment("时间", "Time")
    assert field.read(field.show(at)) == at - at % 60_000


@given(st.integers(0, 10**15 - 1))
def test_an_amount_shown_is_read_as_the_same_fen(fen: int) -> None:
    field = fields.Yuan("金额", "Amount")
    assert field.read(field.show(fen)) == fen


def test_what_was_not_asked_is_refused_politely() -> None:
    form = filled(Order, GOOD, role="officer", **{"<b>": "1"})
    assert form.values == {}
    assert "(role)" in form.errors[""].en
    assert "<b>" not in form.errors[""].en


def test_what_was_answered_twice_is_refused() -> None:
    sent = MultiDict([("form_key", KEY), *GOOD.items(), ("price", "1")])
    form = Form(Order)
    assert not form.accept(sent, MultiDict())
    assert "twice" in form.errors["price"].en


@pytest.mark.parametrize("key", ["", "short", "A" * 23, "é" * 22])
def test_a_form_needs_its_key(key: str) -> None:
    assert "out of date" in filled(Order, GOOD, form_key=key).errors[""].en


def test_keys_are_random_and_fit() -> None:
    keys = {form_key() for _ in range(100)}
    assert len(keys) == 100
    assert filled(Order, GOOD, form_key=keys.pop()).errors == {}


def test_a_search_needs_no_key_and_ignores_the_language() -> None:
    form = Form(Order)
    assert form.accept(MultiDict({**GOOD, "lang": "en"}), MultiDict(), keyed=False)


def test_load_gives_values_or_raises_all_errors() -> None:
    assert load(Order, MultiDict(GOOD))["price"] == 19900
    with pytest.raises(BadForm) as raised:
        load(Order, MultiDict({**GOOD, "price": "x", "size": "y"}))
    assert set(raised.value.errors) == {"price", "size"}
    assert raised.value.field == "price"


def test_a_forms_own_options_are_its_own() -> None:
    form = Form(Order, options={"work": [("z", "冬山", "Winter")]})
    sent = MultiDict({"form_key": KEY, **GOOD, "work": "z"})
    assert form.accept(sent, MultiDict())
    assert filled(Order, GOOD, work="z").errors.keys() == {"work"}


def test_a_services_error_goes_to_its_field_or_above_the_form_or_to_its_own_page() -> None:
    form = filled(Order, GOOD)
    form.refuse(BadInput("price", "x", "太贵。", "Too dear."))
    assert form.errors["price"].en == "Price: Too dear."
    form = filled(Order, GOOD)
    form.refuse(Conflict("x", "已售罄。", "Sold out."))
    assert form.errors[""].zh == "已售罄。"
    form.wrong("size", "太多。", "Too many.")
    assert form.errors["size"].zh == "发行量：太多。"
    for problem in (NotFound("x", "无。", "None."), refusal()):
        with pytest.raises(type(problem)):
            form.refuse(problem)


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_first_mistake(site: Site) -> None:
    browser = site.client("zh")
    typed = {
        **GOOD,
        "title": "<b>山</b>",
        "price": "１９９",
        "size": "x",
        "remark": "</textarea>",
        "work": "b",
    }
    answer = browser.fill("/order", typed)
    assert answer.status_code == 422
    text = answer.text
    assert 'value="&lt;b&gt;山&lt;/b&gt;"' in text
    assert 'value="１９９"' in text
    assert "&lt;/textarea&gt;" in text
    assert '<option value="b" selected>' in text
    assert re.search(r'<input type="checkbox" value="yes" checked', text)
    assert '<a href="#f-price">单价：' in text
    control = re.search(r'<input[^>]*id="f-price"[^>]*>', text)
    assert control is not None
    for mark in ('aria-invalid="true"', 'aria-describedby="f-price-error"', "autofocus"):
        assert mark in control.group()
    assert 'id="f-price-error"' in text
    assert text.count("autofocus") == 1
    assert 'role="alert"' in text
    assert "１９９" not in answer.headers.get("Location", "")


def test_each_rendering_has_a_key_of_its_own(site: Site) -> None:
    browser = site.client()
    assert browser.secrets()["form_key"] != browser.secrets()["form_key"]


def test_a_form_starts_with_the_values_it_is_given(site: Site) -> None:
    text = site.client().get("/order").text
    assert 'value="199.00"' in text
    assert f'value="{fields.Moment("", "").show(START)}"' in text
    assert "autofocus" not in text


def test_a_conflict_is_shown_above_the_form_and_nothing_is_done(site: Site) -> None:
    before = len(site.done)
    answer = site.client("en").fill("/order", {**GOOD, "title": "taken"})
    assert answer.status_code == 422
    assert "The title is taken." in answer.text
    assert len(site.done) == before


def test_after_a_form_is_done_the_next_page_says_so_once(site: Site) -> None:
    browser = site.client("en")
    answer = browser.fill("/order", GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Saved." in browser.get("/").text
    assert "Saved." not in browser.get("/").text
