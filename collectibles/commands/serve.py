"""`collectibles serve`: database, schema, demonstration, sandbox, worker and web together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from collectibles import config, wiring
from collectibles.supervisor.serve import ServeSettings
from collectibles.supervisor.serve import serve as run_all


def run() -> int:
    """Run the service until it is told to stop."""
    environment = os.environ
    demonstration = environment.get("MODE", "demonstration") == "demonstration"
    settings = ServeSettings(
        var_dir=Path(environment.get("VAR_DIR", "var")),
        host=environment.get("HOST", "127.0.0.1"),
        port=int(environment.get("PORT", "8000")),
        workers=int(environment.get("WORKERS", "2")),
        threads=int(environment.get("THREADS", "8")),
        database_url=environment.get("DATABASE_URL") or None,
        demonstration=demonstration,
        prepare=_prepare,
        announce=_announce,
    )
    return run_all(settings)


def build_demonstration() -> int:
    """`collectibles demo`: build the demonstration on DATABASE_URL, if it is not there."""
    _prepare(os.environ["DATABASE_URL"])
    return 0


def _prepare(database_url: str) -> None:
    """Before anything serves: the ledger, and in a demonstration its history."""
    given: Mapping[str, str] = {**os.environ, "DATABASE_URL": database_url}
    settings = config.load(given)
    if settings.demonstration:
        from collectibles.demonstration.build import build, is_built

        if not is_built(settings):
            print(
                "正在建立演示历史，约一分钟 / building the demonstration, about a minute",
                flush=True,
            )
            build(settings)
        return
    ctx = wiring.context(settings)
    try:
        wiring.create_ledger(ctx)
    finally:
        ctx.ledger.close()
        ctx.database.close()


def _announce(address: str) -> Sequence[str]:
    lines = [f"典藏 Diancang: {address}"]
    if os.environ.get("MODE", "demonstration") == "demonstration":
        from collectibles.demonstration.build import sign_ins

        lines += sign_ins()
    return lines
