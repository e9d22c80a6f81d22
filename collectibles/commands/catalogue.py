"""`collectibles catalogue import FILE`: a museum's catalogue from a file."""

from __future__ import annotations

import sys
from pathlib import Path

from collectibles import config, wiring
from collectibles.errors import BadInput
from collectibles.services.import_catalogue import import_catalogue

#: The largest file that is read at all; parsing has its own, smaller limit and says so.
MAX_BYTES = 11 * 1024 * 1024


def run(path: Path, museum: str) -> int:
    """Import the file, or list what is wrong with it, row by row; then nothing is imported."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES)
    except OSError as error:
        raise BadInput(
            "file",
            "unreadable",
            f"无法读取文件{path}：{error.strerror}。",
            f"The file {path} cannot be read: {error.strerror}.",
        ) from error
    ctx = wiring.context(config.load())
    try:
        done = import_catalogue(ctx, museum, data)
    finally:
        ctx.database.close()
    for problem in done.problems:
        print(f"{problem.say('zh')} {problem.say('en')}")
    if done.problems:
        print("没有导入任何记录。 Nothing was imported.", file=sys.stderr)
        return 1
    print(
        f"新增 {done.new}，更新 {done.changed}，未变 {done.unchanged}。"
        f" {done.new} new, {done.changed} updated, {done.unchanged} unchanged."
    )
    return 0
