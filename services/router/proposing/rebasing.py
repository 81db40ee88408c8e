"""A draft brought onto the rules that are active now, when somebody else changed them meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_Edit = tuple[int, int, tuple[str, ...]]
_MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that both sides changed, each in its own way. None: it is not there.

    `merged` holds both changes where they touch different lines; a suggestion, for a person to look at.
    """

    file: str
    base: str | None
    ours: str | None
    theirs: str | None
    merged: str | None


@dataclass(frozen=True, slots=True)
class Rebased:
    """`files` lack those in conflict. `taken` names the files that were taken as they are active."""

    files: Mapping[str, str]
    taken: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def rebase(base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Rebased:
    """Each file from the side that changed it. Nobody's change is dropped."""
    files: dict[str, str | None] = {}
    taken, conflicts = [], []
    for name in sorted(base.keys() | ours.keys() | theirs.keys()):
        old, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine == other or other == old:
            files[name] = mine
        elif mine == old:
            files[name] = other
            taken.append(name)
        else:
            conflicts.append(Conflict(name, old, mine, other, _merged(old, mine, other)))
    return Rebased({name: text for name, text in files.items() if text is not None}, tuple(taken), tuple(conflicts))


def merge_lines(base: str, ours: str, theirs: str) -> str | None:
    """Both changes together, or None where they touch the same or neighbouring lines."""
    lines = [text.splitlines(keepends=True) for text in (base, ours, theirs)]
    if max(map(len, lines)) > _MOST_LINES:
        return None
    mine, other = _edits(lines[0], lines[1]), _edits(lines[0], lines[2])
    apart = [edit for edit in other if edit not in mine]
    if any(_touch(one, two) for one in mine for two in apart):
        return None
    merged = list(lines[0])
    for start, end, text in sorted([*mine, *apart], reverse=True):
        merged[start:end] = text
    return "".join(merged)


def _merged(old: str | None, mine: str | None, other: str | None) -> str | None:
    return None if old is None or mine is None or other is None else merge_lines(old, mine, other)


def _edits(before: Sequence[str], after: Sequence[str]) -> list[_Edit]:
    """Runs of lines of `before`, each with what stands there afterwards."""
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(start, end, tuple(after[low:high])) for tag, start, end, low, high in codes if tag != "equal"]


def _touch(one: _Edit, two: _Edit) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]
