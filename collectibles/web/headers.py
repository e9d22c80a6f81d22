"""The headers that every answer carries: what the browser may load, keep, send and show."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

from collectibles.web.sessions import current

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS_ONLY = "max-age=31536000; includeSubDomains"


def content_policy(payment_origins: Sequence[str] = (), production: bool = False) -> str:
    """The Content-Security-Policy: everything from here, forms also to the payment providers.

    `style=` attributes and scripts in the page are not run.
    """
    parts = [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        " ".join(["form-action 'self'", *payment_origins]),
        "frame-ancestors 'none'",
    ]
    if production:
        parts.append("upgrade-insecure-requests")
    return "; ".join(parts)


def install(app: Flask, payment_origins: Sequence[str], production: bool) -> None:
    """Put the headers on every answer; one that a view has set itself is left as it is."""
    policy = content_policy(payment_origins, production)

    def protect(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy)
        if production:
            response.headers["Strict-Transport-Security"] = _HTTPS_ONLY
        if request.endpoint != "static" or response.status_code >= 400:
            _say_who_may_keep(response)
        return response

    app.after_request(protect)


def _say_who_may_keep(response: Response) -> None:
    kept = response.headers.get("Cache-Control", "")
    if "public" in kept:
        return  # the same for everybody, and the view says so
    private = current().signed_in or request.method == "POST" or response.status_code >= 400
    response.headers["Cache-Control"] = (
        "private, no-store" if private else kept or "private, no-cache"
    )
