"""The rulebook: facts in, decision out.

Pure by contract: no Flask, no SQL, no clock, no randomness, no network, and nothing of
`collectibles`. The only files read are the package's own, when a rulebook is loaded.
"""

from compliance.decision import Decision, Finding
from compliance.engine import decide
from compliance.facts import Facts
from compliance.rulebook import Rulebook, load

__all__ = ["Decision", "Facts", "Finding", "Rulebook", "decide", "load"]
