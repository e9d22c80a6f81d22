"""The way a sign-in code reaches a phone: the one place where a text message service is called."""

from __future__ import annotations

from collectibles.errors import Unavailable
from collectibles.services.context import Context


def send_code(ctx: Context, phone: str, code: str) -> str | None:
    """Send `code` to `phone`; returns the code if the page shall show it, else None.

    In the demonstration nothing is sent and the page shows it, marked as such. Raises Unavailable
    where no text message service is configured: production never shows a code.
    """
    if ctx.settings.demonstration and not ctx.settings.production:
        return code
    raise Unavailable(
        "no_code_sender",
        "尚未配置短信服务，暂时不能登录。请运营方配置后再试。",
        "No text message service is configured, so nobody can sign in yet. The operator has to"
        " configure one.",
    )
