"""Drafts as JSON for the desk."""

from __future__ import annotations

from typing import Any

from services.router.proposing.draft import REMOVED, Draft, Heading
from services.router.proposing.yaml_places import find_rules
from services.router.rule import RulesError
from services.router.rule_changes import compare_files
from services.router.rule_files import Files, compile_files
from shared.citypack import CityPack

_MOST_CHANGES = 400
_TIMES = ("created_at", "changed_at", "proposed_at", "settled_at")


def tell_heading(heading: Heading, active: str) -> dict[str, Any]:
    """`active` is the content of the rules in force: what was made from other ones is `stale`."""
    told = {name: getattr(heading, name) for name in Heading.__dataclass_fields__ if name not in _TIMES}
    for name in _TIMES:
        at = getattr(heading, name)
        told[name] = at.isoformat() if at else None
    return told | {"stale": heading.base_content != active}


def tell_draft(draft: Draft, active: str, pack: CityPack) -> dict[str, Any]:
    """With its files, what they were of those that are different, and the changes as rules see them."""
    touched = draft.touched()
    told = tell_heading(draft.heading, active)
    told["files"] = dict(draft.files)
    told["touched"] = touched
    told["before"] = {name: draft.base_files[name] for name in touched if name in draft.base_files}
    told["gone"] = sorted(name for name, how in touched.items() if how == REMOVED)
    told["rules"] = outline(draft.files)
    try:
        compile_files(draft.files, pack)  # what is half read would show changes that nobody made
        changes = compare_files(draft.base_files, draft.files, pack)
    except RulesError:
        changes = None
    told["changes"] = None if changes is None else [one.as_dict() for one in changes[:_MOST_CHANGES]]
    return told


def outline(files: Files) -> list[dict[str, str]]:
    """The rules by name: id, agency, about and file, in the order of the files."""
    rules = find_rules(files).values()
    return [{"id": rule.id, "agency": rule.agency, "about": rule.about, "file": rule.file} for rule in rules]
