"""What a city lets the public see of complaints: its pack's `publishing.yaml`.

A city that has no such file has not said what must stay private: there nothing can be published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.contracts.fields import KINDS
from shared.marked_yaml import Section, suggest

PUBLISHING_FILE = "publishing.yaml"
_GRID_METRES = (100, 1000)
_LEAST_STEM = 3


@dataclass(frozen=True, slots=True)
class Never:
    """Complaints of which nothing is ever public, and why. One fitting value of one list is enough.

    `rules` are ids of rules that spoke for the decision. `words` stand in the text as whole words; a `*` at an end
    means that the word may go on there.
    """

    reason: str
    agencies: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CityPublishing:
    """`grid_metres` is the side of the squares to which points are rounded; 0: no point is public, only the kelurahan.

    `contacts` are telephone numbers and mail addresses of offices, which may stand in a public text.
    """

    allowed: bool = False
    grid_metres: int = 0
    contacts: tuple[str, ...] = ()
    never: tuple[Never, ...] = ()


def read_city_publishing(
    part: Section, *, agencies: Collection[str], services: Collection[str], rule_texts: Sequence[str]
) -> CityPublishing:
    """Never raises; what is wrong is noted in the section's problems."""
    rules = {
        found for text in rule_texts for found in re.findall(r"^\s*-?\s*id:\s*[\"']?([\w.-]+)", text, re.MULTILINE)
    }
    known = {"agencies": agencies, "kinds": KINDS, "rules": rules, "services": services}
    found = CityPublishing(
        allowed=True,
        grid_metres=_grid(part),
        contacts=part.texts("public_contacts"),
        never=tuple(_never(row, known) for row in part.sections("never")),
    )
    part.finish()
    return found


def _grid(part: Section) -> int:
    points = part.section("points")
    show = points.text("show", required=False, default="none")
    metres = points.integer("grid_metres", default=200)
    least, most = _GRID_METRES
    if show not in ("grid", "none"):
        points.complain(f"`show: {show}` is not known.", suggest(show, ("grid", "none")), points.line_of("show"))
    elif show == "grid" and not least <= metres <= most:
        what = f"`grid_metres` should lie between {least} and {most}."
        points.complain(what, "Usual is 200.", points.line_of("grid_metres"))
    points.finish()
    return metres if show == "grid" else 0


def _never(part: Section, known: dict[str, Collection[str]]) -> Never:
    lists = {key: _known(part, key, sorted(names)) for key, names in known.items()}
    words = tuple(" ".join(word.lower().split()) for word in part.texts("words"))
    for word in words:
        if len(word.strip("*")) < _LEAST_STEM or "*" in word.strip("*"):
            part.complain(f"`{word}` cannot be a word.", "Write `hiv`, or `*perkosa*`.", part.line_of("words"))
    found = Never(reason=part.text("reason"), words=words, **lists)
    if not words and not any(lists.values()):
        part.complain("This says nothing that is never public.", f"Add one of {', '.join((*known, 'words'))}.")
    part.finish()
    return found


def _known(part: Section, key: str, names: Sequence[str]) -> frozenset[str]:
    found = part.lined_texts(key)
    for name, line in found:
        if name not in names:
            part.complain(f"There is no `{name}` among the {key}.", suggest(name, names), line)
    return frozenset(name for name, _ in found)
