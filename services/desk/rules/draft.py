"""Drafts of the rules, versions and trials, as the router tells them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DRAFT, PROPOSED, REFUSED, ACTIVATED, WITHDRAWN = "draft", "proposed", "refused", "activated", "withdrawn"
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True)
class Heading:
    """A draft without its files. `stale`: it was made from other rules than those that are active."""

    draft_id: str
    title: str
    state: str
    base: str
    content: str
    revision: int
    author: str
    changed_by: str
    stale: bool
    reason: str = ""
    proposed_by: str = ""
    verdict: str = ""
    settled_by: str = ""
    ruleset: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    proposed_at: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True)
class Activation:
    number: int
    ruleset: str
    actor: str
    role: str
    reason: str
    at: datetime | None


@dataclass(frozen=True)
class Overview:
    """`activations` with the newest first, which is in force."""

    activations: Sequence[Activation]
    open: Sequence[Heading]
    settled: Sequence[Heading]
    four_eyes: bool


@dataclass(frozen=True)
class Rule:
    id: str
    agency: str
    about: str
    file: str


@dataclass(frozen=True)
class Change:
    """What is different in words of the rules. None: it is not there."""

    where: str
    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Acted:
    at: datetime | None
    actor: str
    role: str
    act: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Moved:
    """A complaint that would go elsewhere. `old` and `new`: a code, `CODE (emergency)` or `triage`."""

    ticket: str
    old: str
    new: str
    label: str
    verdict: str
    gained: Sequence[str] = ()
    lost: Sequence[str] = ()


@dataclass(frozen=True)
class Trial:
    """What a draft would move: while it runs, and its result. `content` is that of the draft that was tried."""

    content: str
    against: str
    days: int
    state: str
    compared: int
    stored: int
    asked_by: str
    asked_at: datetime | None
    problem: str = ""
    complete: bool = False
    seconds: float = 0.0
    moved: int = 0
    labelled: int = 0
    old_right: int = 0
    new_right: int = 0
    matrix: Sequence[tuple[str, str, int]] = ()
    complaints: Sequence[Moved] = ()

    @property
    def over(self) -> bool:
        return self.state in (DONE, FAILED)


@dataclass(frozen=True)
class Draft:
    """`touched`: changed, added or removed, by file. `before`: what those files were. `changes`: None while the files
    cannot be read as rules."""

    heading: Heading
    files: Mapping[str, str]
    touched: Mapping[str, str]
    before: Mapping[str, str]
    rules: Sequence[Rule]
    changes: Sequence[Change] | None
    acts: Sequence[Acted]
    four_eyes: bool
    trial: Trial | None = None


@dataclass(frozen=True)
class Problem:
    """As the router says it, in English. `line` counts from 1; 0: the file as a whole."""

    file: str
    line: int
    rule: str
    level: str
    what: str
    instead: str


@dataclass(frozen=True)
class Written:
    """A phrase that stands in the rules now. `was` is the weight that it had before, if any."""

    revision: int
    file: str
    line: int
    rule: str
    was: int | None


@dataclass(frozen=True)
class Explained:
    """Decisions about one text; `draft` is None while the draft cannot be used."""

    active: Mapping[str, Any]
    draft: Mapping[str, Any] | None


@dataclass(frozen=True)
class Conflict:
    file: str
    base: str | None
    ours: str | None
    theirs: str | None
    merged: str | None


@dataclass(frozen=True)
class Comparison:
    """A draft beside the active rules: files that would be taken as they are active, and those that both changed."""

    active: str
    active_content: str
    stale: bool
    taken: Sequence[str]
    conflicts: Sequence[Conflict] = field(default_factory=tuple)
