"""A change of the rules that people prepare. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

DRAFT, PROPOSED, REFUSED, ACTIVATED, WITHDRAWN = "draft", "proposed", "refused", "activated", "withdrawn"
OPEN = (DRAFT, PROPOSED, REFUSED)
"""States after which something may still come of it."""

CHANGED, ADDED, REMOVED = "changed", "added", "removed"


@dataclass(frozen=True, slots=True)
class Heading:
    """A draft without its files.

    `base` is the set that it was made from. `content` names what its files say, letter by letter: whoever approves says
    which content was looked at. `revision` rises with every act. `reason` is why it was proposed, `verdict` what the
    person said who approved or refused it, `ruleset` the set that it became.
    """

    draft_id: str
    title: str
    state: str
    base: str
    content: str
    base_content: str
    revision: int
    author: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    reason: str = ""
    proposed_by: str = ""
    proposed_at: datetime | None = None
    verdict: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None
    ruleset: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """`base_files` are those of the active set as they were when it was made, or was last brought up to date."""

    heading: Heading
    files: Mapping[str, str]
    base_files: Mapping[str, str]

    def touched(self) -> dict[str, str]:
        """What became of which file: `changed`, `added` or `removed`."""
        names = sorted(self.files.keys() | self.base_files.keys())
        return {
            name: _touch(self.base_files.get(name), self.files.get(name))
            for name in names
            if self.files.get(name) != self.base_files.get(name)
        }


def content_of(files: Mapping[str, str]) -> str:
    """A name for these files as they are written, comments included."""
    said = json.dumps(dict(files), sort_keys=True).encode("ascii")
    return hashlib.sha256(said).hexdigest()[:32]


def _touch(before: str | None, after: str | None) -> str:
    if before is None:
        return ADDED
    return REMOVED if after is None else CHANGED
