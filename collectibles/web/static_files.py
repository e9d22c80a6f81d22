"""Static files, each under an address that carries the hash of its content.

A file asked for with its present hash never changes and may be kept for ever; asked for otherwise
it has to be asked for again each time.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from werkzeug.security import safe_join

FOLDER = Path(__file__).resolve().parents[2] / "static"
HASH_CHARS = 16
_FOR_EVER = "public, max-age=31536000, immutable"


class _Hashes:
    """Content hashes of files, computed again only when a file was written again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], str]] = {}

    def of(self, path: str) -> str | None:
        """The hash of the file at `path`, or None if there is none."""
        try:
            seen = os.stat(path)
        except OSError:
            return None
        mark = (seen.st_mtime_ns, seen.st_size)
        known = self._known.get(path)
        if known is None or known[0] != mark:
            content = Path(path).read_bytes()
            known = (mark, hashlib.sha256(content).hexdigest()[:HASH_CHARS])
            self._known[path] = known
        return known[1]


def static_url(name: str) -> str:
    """The address of `static/<name>` with its content's hash. A name without a file is a defect."""
    digest = _hash_of(name)
    assert digest is not None, f"there is no static file {name}"
    return url_for("static", filename=name, v=digest)


def install(app: Flask) -> None:
    """Serve the files, with the hashes known to templates as `static_url(name)`."""
    app.extensions["static_hashes"] = _Hashes()
    app.jinja_env.globals["static_url"] = static_url
    app.after_request(_say_how_long)


def _hash_of(name: str) -> str | None:
    assert current_app.static_folder is not None
    path = safe_join(current_app.static_folder, name)
    hashes: _Hashes = current_app.extensions["static_hashes"]
    return hashes.of(path) if path is not None else None


def _say_how_long(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        name = str((request.view_args or {}).get("filename", ""))
        asked = request.args.get("v")
        response.headers["Cache-Control"] = (
            _FOR_EVER if asked and asked == _hash_of(name) else "no-cache"
        )
    return response
