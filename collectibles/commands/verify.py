"""`collectibles verify BUNDLE`: an exported ledger checked offline, every decision made again."""

from __future__ import annotations

from pathlib import Path

from collectibles.commands.progress import show
from collectibles.ledger.verify import verify


def run(folder: Path, key: str | None) -> int:
    """Print what was checked, or the first difference; 0 fine, 1 differs, 2 cannot be checked."""
    report = verify(folder, key, show)
    if report.difference is not None:
        print(report.difference.say("zh"))
        print(report.difference.say("en"))
        for path in report.altered:
            print(f"    {path}")
        return report.exit_code
    print(f"{report.origin}: {report.size:,} 条记录，{report.checkpoints:,} 个检查点，全部相符。")
    print(
        f"{report.origin}: {report.size:,} entries in {report.checkpoints:,} batches agree; "
        "every movement was decided again with the same result."
    )
    print(f"root {report.root}")
    for digest in report.rulebooks:
        print(f"rulebook {digest}")
    if not report.pinned:
        print("未指定公钥：公钥取自导出包本身，只说明其自身一致。请另行取得公钥并用 --key 指定。")
        print(
            "No key was given: it was taken from the bundle, which then shows only that the "
            "bundle agrees with itself. Get the key elsewhere and give it with --key:"
        )
        print(report.vkey)
    return 0
