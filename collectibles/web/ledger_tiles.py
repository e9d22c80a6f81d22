"""The ledger over HTTP as other people's tools read it: C2SP checkpoint, tiles, entry bundles.

Checkpoints and hash tiles are public; entry bundles go to members and admitted auditors only.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from collectibles.errors import BadInput, Forbidden, NotFound
from collectibles.ledger.tiles import ENTRIES, TILE_WIDTH, Tile, TileError
from collectibles.web.pages import ctx
from collectibles.web.sessions import current

blueprint = Blueprint("ledger_tiles", __name__)

#: Full tiles never change.
_FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/ledger/checkpoint")
def checkpoint() -> Response:
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""
    answer = Response(ctx().ledger.read.note(), content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "public, no-cache"
    return _for_all(answer)


@blueprint.get("/ledger/tile/<path:rest>")
def tile(rest: str) -> Response:
    """A hash tile, or for members an entry bundle (C2SP tlog-tiles)."""
    try:
        wanted = Tile.parse(f"tile/{rest}")
    except TileError as error:
        raise NotFound("no_tile", "没有这个哈希块。", "There is no such tile.") from error
    if wanted.level == ENTRIES:
        if not current().roles:
            raise Forbidden(
                "members_only",
                "记录正文只提供给成员和获准的审计人。",
                "Entry bundles go to members and admitted auditors only.",
            )
        body = ctx().ledger.read.bundle(wanted.n, wanted.width)
        return _bytes(body, "private, no-store")
    body = ctx().ledger.read.tile(wanted.level, wanted.n, wanted.width)
    kept = _FOR_EVER if wanted.width == TILE_WIDTH else "public, max-age=86400"
    return _for_all(_bytes(body, kept))


@blueprint.get("/ledger/proof/inclusion")
def inclusion() -> dict[str, object]:
    """The proof that an entry is in the newest checkpoint: `?index=`."""
    proof = ctx().ledger.read.inclusion(_number("index"))
    return {
        "index": proof.index,
        "size": proof.size,
        "hashes": [each.hex() for each in proof.hashes],
        "checkpoint": proof.note,
    }


@blueprint.get("/ledger/proof/consistency")
def consistency() -> dict[str, object]:
    """The proof that one tree is a prefix of another: `?first=&second=`."""
    first, second = _number("first"), _number("second")
    hashes = ctx().ledger.read.consistency(first, second)
    return {"first": first, "second": second, "hashes": [each.hex() for each in hashes]}


def _for_all(answer: Response) -> Response:
    """Other sites' pages may read it too: it is public, and a check that only this site offers is
    worth little."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _bytes(body: bytes, cache: str) -> Response:
    answer = Response(body, content_type="application/octet-stream")
    answer.headers["Cache-Control"] = cache
    return answer


def _number(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadInput(
            name,
            "not_a_number",
            f"参数{name}应为非负整数。",
            f"The parameter {name} must be a whole number from 0.",
        )
    return int(text)
