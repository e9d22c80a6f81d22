"""The application put together: limits, the concerns of every page, and the blueprints.

app = create_app(ctx)
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined

from collectibles.web import (
    errors,
    formats,
    forms,
    headers,
    language,
    pages,
    static_files,
)

if TYPE_CHECKING:
    from collectibles.services.context import Context

FORM_BYTES = 64 * 1024
FORM_PARTS = 200

#: Blueprints that programs post to. They prove who they are in another way than by a cookie (a
#: provider's signature, a key), so the token of forms does not apply to them.
FOR_PROGRAMS = frozenset({"notices"})


def blueprint_modules() -> tuple[ModuleType, ...]:
    """All modules with a `blueprint`, in the order they are registered."""
    from collectibles.web import (
        account,
        health,
        holds,
        ledger_tiles,
        museum,
        operator,
        passing,
        payment_notices,
        public,
        refunds,
        regulator,
        rulebook,
        rulebook_what_if,
        shop,
    )

    return (
        public,
        rulebook,
        account,
        shop,
        museum,
        regulator,
        rulebook_what_if,
        operator,
        passing,
        ledger_tiles,
        health,
        payment_notices,
        refunds,
        holds,
    )


def create_app(ctx: Context, modules: Sequence[ModuleType] | None = None) -> Flask:
    """The web application on `ctx`; with `modules`, only these blueprints (for tests)."""
    app = Flask("collectibles.web", static_folder=str(static_files.FOLDER))
    production = bool(ctx.settings.production)
    app.config.update(
        SECRET_KEY=ctx.settings.secret_key,
        SESSION_COOKIE_NAME="__Host-forms" if production else "forms",
        SESSION_COOKIE_SECURE=production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=pages.FILE_BYTES,
        # The parser holds this against a chunk of 64 KiB with what it kept of the one before, so
        # 64 KiB alone would refuse most pictures.
        MAX_FORM_MEMORY_SIZE=2 * FORM_BYTES,
        MAX_FORM_PARTS=FORM_PARTS,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session; sign-in renews it
        PREFERRED_URL_SCHEME="https" if production else "http",
    )
    app.extensions["diancang"] = ctx
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.json.ensure_ascii = False  # type: ignore[attr-defined]

    headers.install(app, ctx.settings.payment_origins, production)
    language.install(app)
    formats.install(app)
    forms.install(app)
    pages.install(app)
    static_files.install(app)
    errors.install(app)

    app.before_request(_limit_request)  # ahead of the token's check, which reads the form
    csrf = CSRFProtect(app)
    for module in blueprint_modules() if modules is None else modules:
        app.register_blueprint(module.blueprint)
        if module.blueprint.name in FOR_PROGRAMS:
            csrf.exempt(module.blueprint)
    return app


def _limit_request() -> None:
    allowed = pages.bytes_allowed(request.endpoint)
    if request.mimetype == "application/x-www-form-urlencoded":
        allowed = min(allowed, FORM_BYTES)  # MAX_FORM_MEMORY_SIZE is for multipart fields only
    request.max_content_length = allowed
