"""A client that sends forms as a browser does: with the token and the key of the page's form."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart


class Browser:
    """A client that reads the token and the key of a page's form before it sends the form."""

    def __init__(self, client: FlaskClient, language: str, secure: bool) -> None:
        self.client = client
        self.base_url = "https://localhost/" if secure else "http://localhost/"
        self.headers = {
            "Accept-Language": language,
            "Accept": "text/html",
            "Referer": self.base_url,
        }

    def get(self, path: str, **more: str) -> TestResponse:
        headers = {**self.headers, **more}
        return self.client.get(path, headers=headers, base_url=self.base_url, buffered=True)

    def post(self, path: str, data: Any = None, **more: str) -> TestResponse:
        """Send a form without token or key, unless `data` has them."""
        headers = {**self.headers, **more}
        return self.client.post(path, data=data, headers=headers, base_url=self.base_url)

    def send(self, path: str, data: dict[str, Any]) -> TestResponse:
        """Send a form as `multipart/form-data`; what is bytes is sent as a file."""
        parts = {
            name: FileStorage(BytesIO(value), "a.png") if isinstance(value, bytes) else value
            for name, value in data.items()
        }
        boundary, body = encode_multipart(parts)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.post(path, body, **{"Content-Type": kind})

    def fill(self, path: str, data: dict[str, Any], page_of_form: str = "/order") -> TestResponse:
        """Open a page with a form, then send `data` with its token and key to `path`."""
        return self.post(path, {**self.secrets(page_of_form), **data})

    def secrets(self, page_of_form: str = "/order") -> dict[str, str]:
        text = self.get(page_of_form).text
        return {
            name: found.group(1)
            for name in ("csrf_token", "form_key")
            if (found := re.search(rf'name="{name}" value="([^"]+)"', text))
        }

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return None if found is None else found.value
