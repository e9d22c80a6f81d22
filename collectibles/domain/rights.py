"""Who may use a picture of a museum object: the rights statements this service knows.

Museums write the same licence in many ways. `rights_statement` folds the known spellings into one
of five; what it does not know stays unknown, since a guess here would put a licence on a sale.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class RightsStatement(StrEnum):
    """A rights statement, by the text shown to people."""

    CC0 = "CC0"
    PUBLIC_DOMAIN = "Public domain"
    CC_BY = "CC BY"
    CC_BY_SA = "CC BY-SA"
    RESERVED = "Rights reserved"


_LONGEST = 200
_VERSION = r"(?: ?v?[1-4]\.[0-9])?(?: (?:international|unported|universal|国际|通用))?"
_URL = r"https?://(?:www\.)?"
_SPELLINGS: tuple[tuple[RightsStatement, str], ...] = (
    (RightsStatement.CC0, rf"(?:cc ?0|cc zero|creative commons zero){_VERSION}"),
    (RightsStatement.CC0, rf"(?:知识共享 ?)?(?:cc ?0|零) ?(?:公共领域贡献宣告){_VERSION}"),
    (RightsStatement.CC0, rf"{_URL}creativecommons\.org/publicdomain/zero/1\.0/?(?:deed\.\S+)?"),
    (RightsStatement.PUBLIC_DOMAIN, r"(?:public domain|pd|pdm)(?: mark)?(?: 1\.0)?"),
    (RightsStatement.PUBLIC_DOMAIN, r"no known copyright(?: restrictions)?|(?:公有|公共)领域"),
    (RightsStatement.PUBLIC_DOMAIN, rf"{_URL}creativecommons\.org/publicdomain/mark/1\.0/?"),
    (RightsStatement.PUBLIC_DOMAIN, rf"{_URL}rightsstatements\.org/(?:vocab|page)/nkc/1\.0/?"),
    (RightsStatement.CC_BY_SA, rf"(?:cc|creative commons) by sa{_VERSION}"),
    (RightsStatement.CC_BY_SA, rf"creative commons attribution share ?alike{_VERSION}"),
    (RightsStatement.CC_BY_SA, rf"(?:知识共享 ?)?署名 相同方式共享{_VERSION}"),
    (RightsStatement.CC_BY_SA, rf"{_URL}creativecommons\.org/licenses/by sa/[1-4]\.[0-9]\S*"),
    (RightsStatement.CC_BY, rf"(?:cc|creative commons) by{_VERSION}"),
    (RightsStatement.CC_BY, rf"creative commons attribution{_VERSION}"),
    (RightsStatement.CC_BY, rf"(?:知识共享 ?)?署名{_VERSION}"),
    (RightsStatement.CC_BY, rf"{_URL}creativecommons\.org/licenses/by/[1-4]\.[0-9]\S*"),
    (RightsStatement.RESERVED, r"(?:all )?rights reserved|in copyright|copyrighted"),
    (RightsStatement.RESERVED, r"(?:保留所有|保留一切|保留全部)权利|(?:版权|权利)(?:所有|保留)"),
    (RightsStatement.RESERVED, rf"{_URL}rightsstatements\.org/(?:vocab|page)/inc/1\.0/?"),
)
_PATTERNS = tuple((statement, re.compile(pattern)) for statement, pattern in _SPELLINGS)


def rights_statement(text: str) -> RightsStatement | None:
    """A licence as a museum writes it -> the statement it means, or None when it is not known.

    Licences that forbid commercial use or adaptation (NC, ND) are not known on purpose: nothing
    issued here could keep them.
    """
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    folded = re.sub(r"[\s_\-–—]+", " ", folded).strip(" .。")
    for statement, pattern in _PATTERNS:
        if pattern.fullmatch(folded):
            return statement
    return None
