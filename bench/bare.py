"""What the web server could do at best: a route that makes one small commit, and nothing else.

Run as the service is (`gunicorn bench.bare:app`), so that only the work of the route differs.
"""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask

app = Flask(__name__)
_mine = threading.local()


@app.get("/commit")
def commit() -> str:
    """One row, durable."""
    if not hasattr(_mine, "connection"):
        url = os.environ["DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://", 1)
        _mine.connection = psycopg.connect(url)
    _mine.connection.execute("INSERT INTO bare VALUES (1)")
    _mine.connection.commit()
    return "done"


@app.get("/nothing")
@app.get("/readyz")
@app.get("/healthz")
def nothing() -> str:
    """A route that does nothing at all."""
    return "done"
