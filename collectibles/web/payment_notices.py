"""Where payment providers send their notices. They prove who they are by their signature over the
raw bytes, so no cookie and no form token is asked for."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collectibles.services.receive_notice import MAX_BYTES, receive_notice
from collectibles.web.pages import ctx

blueprint = Blueprint("notices", __name__)


@blueprint.post("/payments/<rail>/notice")
def notice(rail: str) -> Response:
    """One arrival of a notice; more bytes than any notice has are not read."""
    request.max_content_length = MAX_BYTES + 1
    body = request.get_data(cache=False)
    answer = receive_notice(ctx(), rail, dict(request.headers), body)
    return Response(answer.body, answer.status, answer.headers)
