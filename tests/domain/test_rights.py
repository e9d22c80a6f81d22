"""The spellings of licences that museums use, and those that must not be guessed."""

from __future__ import annotations

import pytest

from collectibles.domain.rights import RightsStatement, rights_statement


@pytest.mark.parametrize(
    ("statement", "spellings"),
    [
        (
            RightsStatement.CC0,
            [
                *("CC0", "cc0 1.0", "CC-0", "CC0-1.0", "ＣＣ０", "Creative Commons Zero"),
                *("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
                "知识共享 CC0 公共领域贡献宣告",
            ],
        ),
        (
            RightsStatement.PUBLIC_DOMAIN,
            [
                *("Public domain", "PUBLIC DOMAIN", "Public Domain Mark 1.0", "公有领域"),
                *("公共领域。", "No known copyright restrictions", "PD"),
                "http://creativecommons.org/publicdomain/mark/1.0/",
            ],
        ),
        (
            RightsStatement.CC_BY_SA,
            [
                *(
                    "CC BY-SA",
                    "cc-by-sa-4.0",
                    "CC BY–SA 3.0 Unported",
                    "署名-相同方式共享 4.0 国际",
                ),
                *("https://creativecommons.org/licenses/by-sa/4.0/", "CC_BY_SA"),
                "Creative Commons Attribution-ShareAlike 4.0 International",
            ],
        ),
        (
            RightsStatement.CC_BY,
            [
                *("CC BY", "CC-BY 4.0", "署名", "知识共享 署名 4.0 国际"),
                *("Creative Commons Attribution", "https://creativecommons.org/licenses/by/4.0/"),
            ],
        ),
        (
            RightsStatement.RESERVED,
            [
                *("Rights reserved", "All rights reserved.", "版权所有", "保留所有权利"),
                *("In Copyright", "http://rightsstatements.org/vocab/InC/1.0/"),
            ],
        ),
    ],
)
def test_spellings(statement: RightsStatement, spellings: list[str]) -> None:
    for spelling in spellings:
        assert rights_statement(spelling) is statement, spelling
        assert rights_statement(f"  {spelling} ") is statement


@pytest.mark.parametrize(
    "text",
    [
        *("", "CC", "CC BY-NC", "CC BY-NC-SA 4.0", "CC BY-ND", "署名-非商业性使用", "free", "yes"),
        *("not CC0", "CC0 for scholars only", "CC BY-SA or reserved", "CC BY-SA-NC", "MIT"),
        *("https://creativecommons.org/licenses/by-nc/4.0/", "c" * 1_000_000),
        "https://creativecommons.org.evil.example/publicdomain/zero/1.0/",
    ],
)
def test_what_is_not_known_stays_unknown(text: str) -> None:
    assert rights_statement(text) is None


def test_each_statement_reads_as_itself() -> None:
    for statement in RightsStatement:
        assert rights_statement(statement) is statement
