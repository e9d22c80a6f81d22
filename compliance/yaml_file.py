"""Strict YAML: what the loader does not refuse, decays.

Refuses duplicate keys, unknown keys, floats, anchors, tags and any type but mapping, list, text,
whole number, true/false, null and date, and says file and line. Bare `on`, `yes`, `no` stay text:
only `true` and `false` are truth values.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import yaml


class RulebookError(ValueError):
    """The rulebook's files are not as they must be. `where` is file and line."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class Mapping(dict[Any, Any]):
    """A mapping that remembers where it and its keys stood."""

    where: str
    lines: dict[Any, str]


def name_of(path: Path) -> str:
    """How a file is called in messages: its folder and its name."""
    return f"{path.parent.name}/{path.name}"


def load(path: Path) -> Any:
    """The file's content; mappings are `Mapping`s. Raises RulebookError naming file and line."""
    name = name_of(path)
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_anchors(text, name)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise RulebookError(f"{name}:{line}", f"is not YAML: {error}") from error
    if node is None:
        raise RulebookError(f"{name}:1", "is empty")
    return _build(node, name)


def keys(
    mapping: Any, where: str, required: Collection[str], optional: Collection[str] = ()
) -> Any:
    """`mapping` itself, if it has all required keys and no key that is in neither list."""
    if not isinstance(mapping, Mapping):
        raise RulebookError(where, "must be a mapping")
    for key in mapping:
        if key not in required and key not in optional:
            raise RulebookError(mapping.lines[key], f"unknown key {key!r}")
    for key in required:
        if key not in mapping:
            raise RulebookError(mapping.where, f"key {key!r} is missing")
    return mapping


def _refuse_anchors(text: str, name: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise RulebookError(f"{name}:{line}", f"{anchor!r} is an anchor: write it out")


def _build(node: yaml.Node, name: str) -> Any:
    where = f"{name}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, name, where)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, name) for item in node.value]
    return _scalar(node, where)


def _mapping(node: yaml.MappingNode, name: str, where: str) -> Mapping:
    built = Mapping()
    built.where, built.lines = where, {}
    for key_node, value_node in node.value:
        line = f"{name}:{key_node.start_mark.line + 1}"
        if not isinstance(key_node, yaml.ScalarNode):
            raise RulebookError(line, "a key must be a word or a day")
        key = _scalar(key_node, line)
        if key in built:
            raise RulebookError(line, f"key {key!r} stands twice")
        built[key] = _build(value_node, name)
        built.lines[key] = line
    return built


def _scalar(node: yaml.Node, where: str) -> Any:
    text, kind = str(node.value), node.tag.rsplit(":", 1)[-1]
    if kind in ("str", "bool"):
        return text == "true" if kind == "bool" and text in ("true", "false") else text
    if kind == "int":
        if not text.lstrip("-").isdecimal() or str(int(text)) != text:
            raise RulebookError(where, f"write {text!r} as a plain whole number")
        return int(text)
    if kind == "null":
        return None
    if kind == "timestamp":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if kind == "float":
        raise RulebookError(where, f"{text!r} is not a whole number")
    raise RulebookError(where, f"{text!r} is of a type that is not used here ({node.tag})")
