"""Diancang 典藏: museums mint, people buy in yuan, regulators check.

ARCHITECTURE.md is the map. This package imports nothing on its own, so that the parts that must
stay small (the offline verifier) can be loaded without the rest.
"""
