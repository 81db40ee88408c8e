"""Texts that a city has ready for the people at its desk: its pack's `answers.yaml`.

A text is put into a field and may be changed there before anything is sent. A city that has no such file has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.contracts.fields import ARCHIVE_REASONS, KINDS
from shared.marked_yaml import Section, suggest

ANSWERS_FILE = "answers.yaml"
ANSWER, QUESTION, CLOSING, RETURN, ARCHIVE = "answer", "question", "closing", "return", "archive"
MOST_CHARACTERS = MappingProxyType({ANSWER: 20_000, QUESTION: 2_000, CLOSING: 500, RETURN: 500, ARCHIVE: 500})
"""For what a text may be used, and how long it may be there."""

PLACEHOLDERS = ("ticket", "place", "agency", "due")
_HOLE = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[a-z0-9_]{1,40}")
_ROOM = 60
"""For what is put into one placeholder."""


@dataclass(frozen=True, slots=True)
class ReadyText:
    """`uses` says in which fields it is offered. Empty `agencies`, `kinds` or `why`: for all of them.

    `why` are reasons of archiving. `text` holds placeholders (`{ticket}`, one of `PLACEHOLDERS`); `text_en` may be
    empty.
    """

    id: str
    title: str
    text: str
    uses: frozenset[str]
    agencies: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    why: frozenset[str] = frozenset()
    title_en: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class CityAnswers:
    """In the order of the file."""

    texts: tuple[ReadyText, ...] = ()


def read_city_answers(part: Section, agencies: Collection[str]) -> CityAnswers:
    """Never raises; what is wrong is noted in the section's problems."""
    known = {"use": tuple(MOST_CHARACTERS), "agencies": sorted(agencies), "kinds": KINDS, "why": ARCHIVE_REASONS}
    texts: list[ReadyText] = []
    for row in part.sections("answers", required=True):
        found = _ready_text(row, known)
        if any(found.id == other.id for other in texts):
            row.complain(f"There are two texts `{found.id}`.", "Give one another id.", row.line_of("id"))
        texts.append(found)
    part.finish()
    return CityAnswers(tuple(texts))


def holes_of(text: str) -> frozenset[str]:
    """The placeholders that stand in it."""
    return frozenset(_HOLE.findall(text))


def _ready_text(part: Section, known: Mapping[str, Collection[str]]) -> ReadyText:
    lists = {key: _known(part, key, names) for key, names in known.items()}
    found = ReadyText(
        id=part.text("id"),
        title=part.text("title"),
        text=part.text("text"),
        uses=lists["use"],
        agencies=lists["agencies"],
        kinds=lists["kinds"],
        why=lists["why"],
        title_en=part.text("title_en", required=False),
        text_en=part.text("text_en", required=False),
    )
    if found.id and not _ID.fullmatch(found.id):
        part.complain(f"`{found.id}` cannot be an id.", "Write small letters, digits and _.", part.line_of("id"))
    if not found.uses:
        part.complain("This says nowhere where it is used.", f"Add `use: [{ANSWER}]`.", part.line_of("use"))
    if found.why and ARCHIVE not in found.uses:
        part.complain("`why` is only for texts of archiving.", f"Add `use: [{ARCHIVE}]`.", part.line_of("why"))
    for key, text in (("text", found.text), ("text_en", found.text_en)):
        _check(part, key, text, found.uses)
    part.finish()
    return found


def _check(part: Section, key: str, text: str, uses: frozenset[str]) -> None:
    for hole in sorted(holes_of(text) - set(PLACEHOLDERS)):
        part.complain(f"`{{{hole}}}` is not known.", suggest(hole, PLACEHOLDERS), part.line_of(key))
    if "{" in _HOLE.sub("", text) or "}" in _HOLE.sub("", text):
        part.complain(f"`{key}` has a bracket without its other half.", "Write `{ticket}`.", part.line_of(key))
    size = len(text) + _ROOM * len(_HOLE.findall(text))
    for use in sorted(uses):
        if size > MOST_CHARACTERS[use]:
            most = f"{MOST_CHARACTERS[use]} characters, with {_ROOM} for each placeholder"
            part.complain(f"`{key}` is too long for `{use}`.", f"At most {most}.", part.line_of(key))


def _known(part: Section, key: str, names: Collection[str]) -> frozenset[str]:
    found = part.lined_texts(key)
    for name, line in found:
        if name not in names:
            part.complain(f"There is no `{name}` for `{key}`.", suggest(name, names), line)
    return frozenset(name for name, _ in found if name in names)
