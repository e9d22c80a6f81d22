"""`collectibles rules replay` and `rules what-if`: the past decided again, as it was or otherwise.

Both go through the ledger of the database, or an exported bundle where one is named. They need no
key, so neither shows that a bundle is the operator's: that is for `collectibles verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from collectibles.commands.ledger import database_url
from collectibles.commands.progress import show
from collectibles.errors import BadInput
from collectibles.ledger.difference import Differs
from collectibles.ledger.histories import Bundle, Stored
from collectibles.ledger.history import History
from collectibles.ledger.replay import replay_all
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.ledger.whatif import Answer, Question, as_document, read_changes, what_if
from collectibles.store.database import Database
from compliance import rulebook
from compliance.calendar import DAY_MS, start_of_day
from compliance.words import show_moment

#: How many movements are printed; --json prints those that are kept.
PRINTED = 50


def replay(bundle: Path | None) -> int:
    """Decide the past again under the rulebooks then in force; 1 at the first difference."""
    with _history(bundle) as history:
        done = replay_all(history, rulebook.find, show)
    if done.difference is not None:
        print(done.difference.say("zh"), done.difference.say("en"), sep="\n")
        return 1
    print(f"{done.checked:,} 条记录按当时有效的规则库重新判定，逐字节相同。")
    print(f"{done.checked:,} entries decided again under the rulebooks then in force: every byte")
    print("is as recorded.")
    for digest, count in sorted(done.decided.items()):
        print(f"rulebook {digest}  {count:,}")
    return 0


def ask(
    bundle: Path | None,
    settings: Sequence[str],
    off: Sequence[str],
    on: Sequence[str],
    period: tuple[str | None, str | None],
    newest: bool,
    as_json: bool,
) -> int:
    """Print what the changed rulebook would have decided otherwise."""
    since, until = _day("from", period[0]), _day("until", period[1])
    question = Question(
        read_changes(settings, off, on),
        None if since is None else start_of_day(since),
        None if until is None else start_of_day(until) + DAY_MS,
        newest,
    )
    with _history(bundle) as history:
        try:
            answer = what_if(history, rulebook.find, question, show)
        except Differs as found:
            raise BadInput(
                "bundle", "bundle_differs", found.difference.say("zh"), found.difference.say("en")
            ) from found
    if as_json:
        print(json.dumps(as_document(question, answer), ensure_ascii=False, indent=1))
    else:
        _print(answer)
    return 0


def _print(answer: Answer) -> None:
    print(f"{answer.decided:,} 项变动重新判定，{answer.total:,} 项结果不同。不追踪后果。")
    print(
        f"{answer.decided:,} movements decided again, {answer.total:,} come out otherwise. "
        "Consequences are not followed."
    )
    for (kind, was, would), count in answer.otherwise.most_common():
        print(f"    {kind}: {was} → {would}  {count:,}")
    if answer.reasons:
        print(f"    the same outcome for other reasons / 结果相同而理由不同  {answer.reasons:,}")
    for code, count in answer.rules.most_common():
        print(f"    {code}  {count:,}")
    print(f"{len(answer.people):,} people / 人")
    for tag, count in answer.people.most_common(PRINTED):
        print(f"    {tag}  {count:,}")
    for each in answer.listed[:PRINTED]:
        subject = f"{each.series}/{each.edition}" if each.edition else each.series
        why = ", ".join(f"{sign}{code}:{reason}" for sign, code, reason in each.differences)
        print(
            f"#{each.index}  {show_moment(each.at, 'en')}  {each.kind} {subject}  "
            f"{each.was} → {each.would}  {why}"
        )
    for digest, changes in answer.lacking.items():
        print(f"rulebook {digest} lacks / 没有: {', '.join(changes)}")


@contextmanager
def _history(bundle: Path | None) -> Iterator[History]:
    if bundle is not None:
        yield Bundle(bundle)
        return
    database = Database(database_url())
    try:
        yield Stored(LedgerReader(database))
    finally:
        database.close()


def _day(field: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            field, "day", f"--{field}：“{text}”不是日期。", f"--{field}: {text!r} is not a day."
        ) from None
