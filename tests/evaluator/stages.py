"""Every rule of the naive evaluator: reading a stage's file enters its rules."""

from __future__ import annotations

from tests.evaluator import (
    gift,
    listing,
    onboarding,
    patterns,
    platform,
    purchase,
    resale,
    takedown,
)
from tests.evaluator.naive import RULES

STAGES = (platform, onboarding, listing, purchase, gift, resale, takedown, patterns)

__all__ = ["RULES", "STAGES"]
