"""The gateway whose app answers the present request."""

from __future__ import annotations

from flask import current_app

from collectibles.payments.sandbox.gateway import Gateway


def this_gateway() -> Gateway:
    """Put there by `app.create_app`."""
    gateway: Gateway = current_app.extensions["gateway"]
    return gateway
