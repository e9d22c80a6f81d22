"""`collectibles ledger …`: check, export and rebuild the ledger of an installation."""

from __future__ import annotations

import os
from pathlib import Path

from collectibles.commands.progress import show
from collectibles.errors import Unavailable
from collectibles.ledger.bundle import export as write_bundle
from collectibles.ledger.fsck import fsck as check
from collectibles.ledger.rebuild import rebuild as fold_anew
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.store.database import Database


def fsck() -> int:
    """Check everything stored; 1, with the first difference named, if something does not fit."""
    found = check(database_url(), show)
    if found.difference is not None:
        print(found.difference.say("zh"), found.difference.say("en"), sep="\n")
        return 1
    print(f"{found.entries:,} entries, {found.checkpoints:,} checkpoints: all fits / 全部相符")
    return 0


def export(folder: Path) -> int:
    """Write the bundle that `collectibles verify` checks; begun anew, it goes on."""
    database = Database(database_url())
    try:
        manifest = write_bundle(LedgerReader(database), folder, show)
    finally:
        database.close()
    print(f"{folder}: {manifest.size:,} entries of {manifest.origin}")
    return 0


def rebuild() -> int:
    """Fold the state table anew from the entries, and say what was not as they say."""
    done = fold_anew(database_url(), show)
    print(f"{done.entries:,} entries folded, {done.keys:,} keys")
    if done.difference is not None:
        print(done.difference.say("zh"), done.difference.say("en"), sep="\n")
    return 0


def database_url() -> str:
    """The database that DATABASE_URL names. Raises Unavailable."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise Unavailable(
            "no_database", "请设置DATABASE_URL。", "Set DATABASE_URL to the ledger's database."
        )
    return url
