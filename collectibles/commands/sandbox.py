"""`collectibles sandbox serve`: the payment sandbox as a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

from collectibles.errors import Unavailable


def run() -> int:
    """Serve until told to stop. A production installation never starts it."""
    if os.environ.get("MODE") == "production":
        raise Unavailable(
            "not_in_production",
            "生产环境不能启动支付沙箱。",
            "The payment sandbox does not run in production.",
        )
    from collectibles.payments.sandbox.__main__ import main

    folder = Path(os.environ.get("VAR_DIR", "var")).resolve() / "sandbox"
    main(["--folder", str(folder), "--port", os.environ.get("SANDBOX_PORT", "8090")])
    return 0
