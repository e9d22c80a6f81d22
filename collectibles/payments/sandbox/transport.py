"""How a rail's request bytes reach the gateway and the answer's come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Protocol

import requests
from urllib3.exceptions import NewConnectionError

ATTEMPT_SECONDS = 2.0
"""How long one attempt may take in all."""
MAX_ANSWER = 64 * 1024 * 1024
"""No answer, not even a bill, is larger, in bytes."""

Received = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""


class NotSent(Exception):
    """The request did not reach the provider: it was certainly not carried out."""


class NoAnswer(Exception):
    """The request may have reached the provider, and no whole answer came back."""


class Transport(Protocol):
    """Takes request bytes to the gateway, once, in bounded time."""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Received:
        """Raises NotSent or NoAnswer."""


class HttpTransport:
    """HTTP by `requests`: no proxies, no redirects, a time limit over the whole attempt."""

    def __init__(self, base_url: str, attempt_seconds: float = ATTEMPT_SECONDS) -> None:
        self._base_url = base_url.rstrip("/")
        self._seconds = attempt_seconds
        self._local = threading.local()

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Received:
        until = time.monotonic() + self._seconds
        try:
            with self._session().request(
                method,
                self._base_url + target,
                data=body,
                headers=dict(headers),
                timeout=(self._seconds / 2, self._seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                received = bytearray()
                for piece in answer.iter_content(65_536):
                    received += piece
                    if len(received) > MAX_ANSWER or time.monotonic() > until:
                        raise NoAnswer("the answer is too large or too slow")
                return answer.status_code, dict(answer.headers), bytes(received)
        except requests.RequestException as error:
            if _never_connected(error):
                raise NotSent(type(error).__name__) from error
            raise NoAnswer(type(error).__name__) from error

    def _session(self) -> requests.Session:
        """One per thread: a session is not made to be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
