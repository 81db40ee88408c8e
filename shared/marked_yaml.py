"""YAML read with its line numbers, so that every complaint about a file can say where.

A `Section` is one mapping. Ask it for what should be there; whatever is missing, misspelt or of the wrong kind is
noted in the list of problems that all sections of a reading share, and a harmless stand-in is returned, so that one
reading finds everything at once. Scalars are taken as they are written: `32.77`, `no` and `on` stay text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import yaml

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE = frozenset({"true", "yes", "ya", "on"})
_FALSE = frozenset({"false", "no", "tidak", "off"})
# Fifty thousand phrases take two megabytes.
MOST_CHARACTERS = 8_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file: where, what, and what to write instead. `line` counts from 1, 0 is the file."""

    file: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what} {self.instead}".rstrip()


@dataclass(slots=True)
class Section:
    """A mapping of a YAML file. Reading never raises; see the module for what happens to mistakes."""

    file: str
    line: int
    problems: list[Problem]
    entries: dict[str, tuple[yaml.Node, int]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def complain(self, what: str, instead: str, line: int = 0) -> None:
        """Note a problem at `line`, or at the beginning of this section."""
        self.problems.append(Problem(self.file, line or self.line, what, instead))

    def line_of(self, key: str) -> int:
        """The line of a key, or of the section when the key is not there."""
        return self.entries[key][1] if key in self.entries else self.line

    def text(self, key: str, *, required: bool = True, default: str = "") -> str:
        node = self._find(key, required=required)
        if node is None:
            return default
        found = _plain(node)
        if not found:
            self.complain(f"`{key}` should be a text.", f"Write `{key}: some text` on one line.", self.line_of(key))
        return found or default

    def integer(self, key: str, *, default: int) -> int:
        node = self._find(key, required=False)
        if node is None:
            return default
        number = as_integer(_plain(node))
        if number is None:
            self.complain(f"`{key}` should be a whole number.", f"Write for instance `{key}: {default}`.", _line(node))
        return default if number is None else number

    def flag(self, key: str, *, default: bool = False) -> bool:
        node = self._find(key, required=False)
        if node is None:
            return default
        word = _plain(node).lower()
        if word not in _TRUE | _FALSE:
            self.complain(f"`{key}` should be true or false.", f"Write `{key}: true`.", _line(node))
        return word in _TRUE

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        return tuple(text for text, _ in self.lined_texts(key, required=required))

    def lined_texts(self, key: str, *, required: bool = False) -> list[tuple[str, int]]:
        """As `texts`, each with its line."""
        found = []
        for node in self._items(key, required=required):
            text = _plain(node)
            if text:
                found.append((text, _line(node)))
            else:
                self.complain(f"`{key}` should list texts.", "Put quotes around it if it holds a sign.", _line(node))
        return found

    def mixed(self, key: str) -> list[tuple[str, int] | Section]:
        """A list in which texts and mappings may stand; one alone is a list of one."""
        found: list[tuple[str, int] | Section] = []
        for node in self._items(key, required=False):
            text = _plain(node)
            if isinstance(node, yaml.MappingNode):
                found.append(_section(self.file, node, self.problems))
            elif text:
                found.append((text, _line(node)))
            else:
                self.complain(f"`{key}` should list texts or conditions.", "Indent them below it.", _line(node))
        return found

    def pairs(self, key: str, *, required: bool = False) -> list[tuple[str, str, int]]:
        """A mapping of texts to texts, in the order written, each with its line. Repeated keys are a problem."""
        node = self._find(key, required=required)
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            self.complain(f"`{key}` should be a list of `name: value` lines.", "Indent them below it.", _line(node))
            return []
        inner = _section(self.file, node, self.problems)
        return [(name, _plain(value), line) for name, (value, line) in inner.entries.items()]

    def section(self, key: str, *, required: bool = False) -> Section:
        """A mapping inside this one; an empty section when there is none."""
        node = self._find(key, required=required)
        return self._below(node, key) if node is not None else Section(self.file, self.line, self.problems)

    def sections(self, key: str, *, required: bool = False) -> list[Section]:
        """A list of mappings."""
        return [self._below(node, key) for node in self._items(key, required=required)]

    def finish(self) -> None:
        """Say which keys nobody asked for; call it when the section has been read."""
        for key, (_, line) in self.entries.items():
            if key not in self._asked:
                self.complain(f"`{key}` is not known here.", suggest(key, sorted(self._asked)), line)

    def _find(self, key: str, *, required: bool) -> yaml.Node | None:
        self._asked.add(key)
        if key in self.entries:
            return self.entries[key][0]
        if required:
            self.complain(f"`{key}` is missing.", f"Add a line `{key}: …`.")
        return None

    def _items(self, key: str, *, required: bool) -> Sequence[yaml.Node]:
        node = self._find(key, required=required)
        if node is None or _is_null(node):
            return ()
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        return [node]

    def _below(self, node: yaml.Node, key: str) -> Section:
        if isinstance(node, yaml.MappingNode):
            return _section(self.file, node, self.problems)
        self.complain(f"`{key}` should hold `name: value` lines.", "Indent them below it.", _line(node))
        return Section(self.file, _line(node), self.problems)


def read_section(file: str, text: str, problems: list[Problem]) -> Section:
    """The file's outermost mapping. A file that is no YAML gives an empty section and one problem."""
    empty = Section(file, 0, problems)
    if len(text) > MOST_CHARACTERS:
        problems.append(Problem(file, 0, "The file is too large to be read.", "Split it into several files."))
        return empty
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        where = mark.line + 1 if mark is not None else 0
        problems.append(Problem(file, where, f"This is not valid YAML: {reason}.", "Check indents, colons and quotes."))
        return empty
    if node is None:
        return empty
    if not isinstance(node, yaml.MappingNode):
        problems.append(
            Problem(file, _line(node), "The file should hold `name: value` lines.", "See a file beside it.")
        )
        return empty
    return _section(file, node, problems)


def suggest(word: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown word: the nearest known one, or all of them when they are few."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known: {', '.join(names)}." if len(names) <= 16 else "Remove it, or look up the right name."


def as_integer(text: str) -> int | None:
    """A whole number as people write it, or nothing."""
    try:
        return int(text, 10)
    except ValueError:
        return None


def _section(file: str, node: yaml.MappingNode, problems: list[Problem]) -> Section:
    section = Section(file, _line(node), problems)
    for key_node, value_node in node.value:
        key = _plain(key_node)
        if not key:
            section.complain("A name before a colon should be a text.", "Put it in quotes.", _line(key_node))
        elif key in section.entries:
            section.complain(
                f"`{key}` stands here twice (first in line {section.line_of(key)}).", "Keep one.", _line(key_node)
            )
        else:
            section.entries[key] = (value_node, _line(key_node))
    return section


def _plain(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or _is_null(node):
        return ""
    return str(node.value).strip()


def _is_null(node: yaml.Node) -> bool:
    return str(node.tag) == "tag:yaml.org,2002:null"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
