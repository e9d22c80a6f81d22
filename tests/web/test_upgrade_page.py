"""An installation of release 1 with newer software: the pages tell what comes, and apply it not."""

from __future__ import annotations

import re
from pathlib import Path

from collectibles.services.announce_rulebook import announce_rulebook
from collectibles.web.factory import create_app
from compliance import rulebook
from compliance.calendar import DAY_MS
from compliance.rule import Text
from tests.service import START, make_service
from tests.services.test_rule_changes import begin_under_first
from tests.web.shop_client import Browser


def test_the_pages_tell_what_comes(
    fresh_database_url: str, web_merchants: Path, tmp_path: Path
) -> None:
    first = begin_under_first(fresh_database_url, tmp_path / "var")
    service = make_service(fresh_database_url, tmp_path / "var", web_merchants, "forbidden")
    ctx = service.ctx
    browser = Browser(create_app(ctx).test_client())
    newest = rulebook.load(ctx.settings.choices)
    added = {rule.code for rule in newest.rules} - {r.code for r in ctx.ledger.rulebook().rules}
    for code in added:
        browser.get(f"/rules/{code}")
        assert browser.status == 404, code
    announce_rulebook(ctx, START + 10 * DAY_MS, Text("换用新规则库。", "Over to the new rulebook."))
    browser.get("/rules/changes?lang=en")
    assert first in browser.page
    assert newest.digest in browser.page
    listed = set(re.findall(r'href="/rules/([a-z_]+)"', browser.page)) - {"changes"}
    assert added <= listed
    for code in sorted(added)[:5]:
        browser.get(f"/rules/{code}")
        assert browser.status == 200
        assert "Over to the new rulebook." in browser.page
    browser.get("/rules")
    assert ctx.ledger.rulebook().digest == first
    assert f"{len(ctx.ledger.rulebook().rules)} rules" in browser.page
    service.close()
