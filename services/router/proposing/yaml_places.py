"""Where things stand in a file of rules, so that a line can be added without writing the file anew. Pure.

Marks are code points of the text. Files are small (`insertion.MOST_FILE`), and aliases are followed only so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.marked_yaml import as_integer

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_NODES = 100_000
_PLAIN = re.compile(r"[a-z][a-z0-9]*( [a-z0-9]+)*( \* [a-z0-9]+( [a-z0-9]+)*)*")
_NOT_PLAIN = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
Data = Any


@dataclass(frozen=True, slots=True)
class Found:
    """A rule and where it stands. Lines count from 0; `end_line` is the first line behind the rule.

    `dash_column` is None where the list is written in brackets. `phrases` is the node of its phrases, if it has any.
    """

    file: str
    id: str
    agency: str
    about: str
    when: Data
    number: int
    end_line: int
    dash_column: int | None
    node: yaml.MappingNode = field(repr=False)
    phrases: yaml.Node | None = field(repr=False)

    @property
    def weights(self) -> dict[str, int | None]:
        return {_text(key): as_integer(_text(value)) for key, value in self._entries()}

    def line_of(self, phrase: str) -> int:
        """From 1; the rule's own line when it does not hold the phrase."""
        for key, _ in self._entries():
            if _text(key) == phrase:
                return int(key.start_mark.line) + 1
        return int(self.node.start_mark.line) + 1

    def _entries(self) -> list[tuple[yaml.Node, yaml.Node]]:
        return list(self.phrases.value) if isinstance(self.phrases, yaml.MappingNode) else []


def find_rules(files: Mapping[str, str]) -> dict[str, Found]:
    """Every rule by its id; of an id that stands twice the first. Files that are no YAML have none."""
    found: dict[str, Found] = {}
    for name in sorted(files):
        for rule in _rules_in(name, files[name]):
            found.setdefault(rule.id, rule)
    return found


def as_data(text: str) -> Data:
    """What a file says, as lists and mappings of texts; None when it cannot be read or is too large to compare."""
    node = _compose(text)
    try:
        return None if node is None else _data(node, [_MOST_NODES])
    except (_TooMuch, RecursionError):
        return None


def expected_with(text: str, rule: Found, phrase: str, weight: int) -> Data:
    """What the file should say once the rule has this phrase with this weight. Never equal to `None`."""
    data = as_data(text)
    try:
        target = data["rules"][rule.number]
        phrases = target.get("phrases")
        target["phrases"] = {**(phrases if isinstance(phrases, dict) else {}), phrase: str(weight)}
    except (TypeError, KeyError, IndexError, AttributeError):
        return {"": ""}
    return data


def add_entry(text: str, rule: Found, phrase: str, weight: int) -> str | None:
    """The text with the phrase in the rule, or with its new weight; None where that is not one place."""
    node = rule.phrases
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if _text(key) == phrase:
                return text[: value.start_mark.index] + str(weight) + text[value.end_mark.index :]
        if node.flow_style:
            return _in_braces(text, node, f"{scalar(phrase)}: {weight}")
        return _in_block(text, rule, node, phrase, weight)
    if rule.node.flow_style:
        return None if node is not None else _in_braces(text, rule.node, f"phrases: {{{scalar(phrase)}: {weight}}}")
    indent = " " * int(rule.node.start_mark.column)
    entry = f"{indent}  {scalar(phrase)}: {weight}\n"
    for key, value in rule.node.value:
        if _text(key) == "phrases":  # nothing stands below it
            return _behind(text, int(key.start_mark.line), entry) if _is_empty(value) else None
    return _behind(text, rule.end_line - 1, f"{indent}phrases:\n{entry}")


def scalar(text: str) -> str:
    """A text as it may stand anywhere in a file."""
    plain = _PLAIN.fullmatch(text) and text not in _NOT_PLAIN
    return text if plain else json.dumps(text, ensure_ascii=False)


def _rules_in(name: str, text: str) -> Iterator[Found]:
    top = _compose(text)
    rules = _entry(top, "rules")
    if not isinstance(rules, yaml.SequenceNode):
        return
    lines = text.splitlines()
    for number, node in enumerate(rules.value):
        if not isinstance(node, yaml.MappingNode) or not _text(_entry(node, "id")):
            continue
        line = lines[node.start_mark.line] if node.start_mark.line < len(lines) else ""
        dash = re.match(r"( *)- +", line)
        block = not rules.flow_style and dash is not None and dash.end() == node.start_mark.column
        try:
            when = _data(_entry(node, "when"), [1000])
        except (_TooMuch, RecursionError):
            when = None
        yield Found(
            name, _text(_entry(node, "id")), _text(_entry(node, "agency")), _text(_entry(node, "about")), when,
            number, _last_line(node, 0) + 1, len(dash[1]) if block and dash else None, node, _entry(node, "phrases"),
        )  # fmt: skip


def _in_braces(text: str, node: yaml.Node, entry: str) -> str:
    end = int(node.end_mark.index) - 1
    inside = text[int(node.start_mark.index) + 1 : end]
    comma = "" if not inside.strip() or inside.rstrip().endswith(",") else ","
    return f"{text[:end].rstrip(' ')}{comma}{' ' if inside.strip() else ''}{entry}{text[end:]}"


def _in_block(text: str, rule: Found, node: yaml.MappingNode, phrase: str, weight: int) -> str:
    """Behind the last of those that weigh as much or more: a comment above an entry stays with it."""
    line = None
    for key, value in node.value:
        known = as_integer(_text(value))
        if known is not None and known < weight:
            break
        line = max(_last_line(value, 0), int(key.start_mark.line))
    if line is None:
        opening = next(key for key, _ in rule.node.value if _text(key) == "phrases")
        line = int(opening.start_mark.line)
    return _behind(text, line, f"{' ' * int(node.start_mark.column)}{scalar(phrase)}: {weight}\n")


def _behind(text: str, line: int, entry: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    return "".join([*lines[: line + 1], entry, *lines[line + 1 :]])


def _last_line(node: yaml.Node, depth: int) -> int:
    """The line on which the last word below a node stands; the end of a list is where the next thing begins."""
    if depth < 50 and isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, depth + 1)
    line = int(node.end_mark.line)
    return line - 1 if node.end_mark.column == 0 and line > node.start_mark.line else line


def _compose(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return node


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if _text(key) == name:
                return value  # type: ignore[no-any-return]
    return None


def _text(node: yaml.Node | None) -> str:
    return str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not str(node.value)


class _TooMuch(Exception):
    pass


def _data(node: yaml.Node | None, budget: list[int]) -> Data:
    budget[0] -= 1
    if budget[0] < 0:
        raise _TooMuch
    if isinstance(node, yaml.MappingNode):
        return {_text(key): _data(value, budget) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(one, budget) for one in node.value]
    return _text(node)
