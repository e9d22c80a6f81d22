"""A person's account: sign in by phone, be verified, read messages and consents, leave."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, session, url_for

from collectibles.domain.identity import mask_phone
from collectibles.errors import CollectiblesError
from collectibles.services.close_account import close_account
from collectibles.services.consents import consents_of
from collectibles.services.identity_verifier import demonstration_number
from collectibles.services.messages_of import messages_of, unread
from collectibles.services.sign_in import ask_for_code, phone_of_login, show_login, sign_in
from collectibles.services.sign_in_staff import sign_in_staff
from collectibles.services.terms import current as current_terms
from collectibles.services.terms import find as find_terms
from collectibles.services.verify_person import verify_person
from collectibles.store.tables.institutions import Institution
from collectibles.store.tables.people import Account
from collectibles.web.devices import remember_device
from collectibles.web.fields import Code, Phone, Secret, Tick, Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.language import language
from collectibles.web.pages import Answer, ctx, go, go_to, is_there, page
from collectibles.web.sessions import (
    current,
    end_all_sessions,
    end_session,
    needs_account,
    safe_next,
    start_session,
)

blueprint = Blueprint("account", __name__)

#: Where the browser keeps the id of its sign-in under way, until it is over.
LOGIN = "login"


class SignInForm(FormSchema):
    """Whose phone, and agreement to the texts."""

    phone = Phone("手机号", "Phone number")
    agree = Tick(
        "我已阅读并同意用户协议和隐私政策",
        "I have read and agree to the terms of use and the privacy notice",
        must=True,
    )


class CodeForm(FormSchema):
    """The code that was sent."""

    code = Code("验证码", "Code")


class VerifyForm(FormSchema):
    """Real name, and a consent of its own. `consent_version` is the text that was shown."""

    name = Words("姓名", "Name", max=50, autocomplete="name")
    document_number = Words(
        "居民身份证件号码",
        "Resident identity document number",
        max=32,
        hint=("18 位", "18 characters"),
        autocomplete="off",
    )
    consent = Tick(
        "我单独同意按上述文字处理我的实名信息",
        "I separately consent to the use of my real name as said above",
        must=True,
    )
    consent_version = Words("文本版本", "Version of the text", max=32)


class StaffForm(FormSchema):
    """A login and a password."""

    login = Words("账号", "Login", max=64, autocomplete="username")
    password = Secret("密码", "Password", autocomplete="current-password")


class CloseForm(FormSchema):
    """That the account shall really be closed."""

    sure = Tick(
        "我明白注销后无法恢复",
        "I understand that a closed account cannot be opened again",
        must=True,
    )


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
def sign_in_page() -> Answer:
    """The phone: a code is sent to it."""
    if current().kind == "account":
        return go_to(safe_next(request.args.get("next"), url_for("account.home")))
    form = Form(SignInForm)
    if request.method == "POST" and form.accept():
        try:
            sent = ask_for_code(ctx(), form.values["phone"], request.remote_addr or "")
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            _remember(sent.login, sent.shown)
            return go("account.code", next=_onward())
    return page("account/sign_in.html", form=form)


@blueprint.route("/account/code", methods=["GET", "POST"])
def code() -> Answer:
    """The code: the right one signs in, and makes the account the first time."""
    login: dict[str, Any] = session.get(LOGIN) or {}
    shown = show_login(ctx(), login.get("id", ""))
    form = Form(CodeForm)
    if request.method == "POST" and form.accept():
        try:
            account_id = sign_in(
                ctx(),
                login.get("id", ""),
                form.values["code"],
                language(),
                login.get("terms"),
                login.get("privacy"),
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            onward = safe_next(request.args.get("next"), url_for("account.home"))
            return remember_device(start_session(go_to(onward), account_id=account_id))
    if shown is None and not form.errors:
        return go("account.sign_in", next=_onward())
    return page("account/code.html", form=form, login=shown, shown=login.get("shown"))


@blueprint.post("/account/code/again")
def code_again() -> Answer:
    """Another code to the same phone, at the earliest a minute after the last."""
    phone = phone_of_login(ctx(), (session.get(LOGIN) or {}).get("id", ""))
    if phone is None:
        return go("account.sign_in", next=_onward())
    sent = ask_for_code(ctx(), phone, request.remote_addr or "")
    _remember(sent.login, sent.shown)
    return go(
        "account.code", said=("已发送新的验证码。", "A new code is on its way."), next=_onward()
    )


@blueprint.post("/sign-out")
def sign_out() -> Answer:
    """Sign out in this browser."""
    return _left(end_session(go_to("/")), "已退出登录。", "You are signed out.")


@blueprint.post("/account/sign-out-everywhere")
@needs_account
def sign_out_everywhere() -> Answer:
    """Sign out on every device."""
    return _left(
        end_all_sessions(go_to("/")), "已在所有设备上退出。", "You are signed out everywhere."
    )


@blueprint.get("/account")
@needs_account
def home() -> Answer:
    """What the account is, and what there is to do."""
    with ctx().database.begin() as unit:
        account = unit.get_one(Account, current().id)
    phone = ""
    if account.data_key is not None and account.phone is not None:
        phone = mask_phone(
            ctx().vault.open(account.data_key, f"account.phone:{account.id}", account.phone)
        )
    return page("account/home.html", account=account, phone=phone, unread=unread(ctx(), account.id))


@blueprint.route("/account/verify", methods=["GET", "POST"])
@needs_account
def verify() -> Answer:
    """Real-name verification, with a separate consent that is never ticked beforehand."""
    onward = safe_next(request.args.get("next"), url_for("account.home"))
    if current().verified:
        return go_to(onward)
    form, text = Form(VerifyForm), current_terms("real_name")
    if request.method == "POST" and form.accept():
        given = form.values
        try:
            verify_person(
                ctx(),
                current().id,
                given["name"],
                given["document_number"],
                given["consent_version"] if given["consent"] else None,
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go_to(onward, said=("实名核验已完成。", "Your real name has been verified."))
    sample = None
    if ctx().settings.demonstration:
        sample = demonstration_number(current().id, ctx().clock.now_ms())
    return page("account/verify.html", form=form, text=text, sample=sample)


@blueprint.get("/account/messages")
@needs_account
def messages() -> Answer:
    """What the service had to tell this person."""
    return page("account/messages.html", messages=messages_of(ctx(), current().id))


@blueprint.get("/account/consents")
@needs_account
def consents() -> Answer:
    """What this person consented to, with the texts as they were then."""
    given = [
        (each, find_terms(each.kind, each.text_version))
        for each in consents_of(ctx(), current().id)
    ]
    return page("account/consents.html", given=given)


@blueprint.route("/account/close", methods=["GET", "POST"])
@needs_account
def close() -> Answer:
    """Close the account for good."""
    form = Form(CloseForm)
    if request.method == "POST" and form.accept():
        try:
            close_account(ctx(), current().id)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            left = end_session(go_to("/"))
            return _left(left, "账户已注销。", "Your account has been closed.")
    return page("account/close.html", form=form)


@blueprint.route("/staff/sign-in", methods=["GET", "POST"])
def staff_sign_in() -> Answer:
    """Staff of a museum, a regulator or the operator."""
    form = Form(StaffForm)
    if request.method == "POST" and form.accept():
        given = form.values
        try:
            staff = sign_in_staff(
                ctx(), given["login"], given["password"], request.remote_addr or ""
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            onward = safe_next(request.args.get("next"), _desk_of(staff.institution_id))
            return start_session(go_to(onward), staff_id=staff.id)
    return page("account/staff_sign_in.html", form=form)


def _desk_of(institution: str) -> str:
    """The first page of an institution's staff."""
    with ctx().database.begin() as session:
        role = session.get_one(Institution, institution).role
    return url_for(f"{role}.home") if is_there(f"{role}.home") else "/"


def _remember(login: str, shown: str | None) -> None:
    """Keep the sign-in under way in the browser: its random id, the texts agreed to, and in the
    demonstration the code, which its page shows anyway."""
    session[LOGIN] = {
        "id": login,
        "shown": shown,
        "terms": current_terms("terms").version,
        "privacy": current_terms("privacy").version,
    }


def _left(answer: Answer, zh: str, en: str) -> Answer:
    """Say it on the next page: after the end of the session, which forgets what was to be said."""
    flash([zh, en], "done")  # type: ignore[arg-type]  # a pair, as pages.go has it
    return answer


def _onward() -> str | None:
    """The page to go to after signing in, if the visitor came from one."""
    return safe_next(request.args.get("next"), "") or None
