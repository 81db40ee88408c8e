"""What is left of a case, and of the steps that made it, without what was erased. Pure.

Both lose the same, so that a case which is made again from its timeline is the case that is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.desk.cases import machine
from services.desk.cases.case import Case
from shared.erasures import CONTACT, TEXT, without_phrases

_HOLDERS = {machine.ROUTED: "fact", machine.UNROUTED: "fact", machine.TAKEN_OVER: "case"}
"""Under which name a step holds what it knew of the complaint."""
STEPS = tuple(_HOLDERS)
"""The acts whose lines hold something of a complaint itself."""


def of_case(case: Case, parts: frozenset[str]) -> Case:
    """Its content aside, which lies elsewhere."""
    return replace(case, **_changed({name: getattr(case, name) for name in _TOUCHED}, parts))


def of_step(act: str, data: Mapping[str, Any], parts: frozenset[str]) -> dict[str, Any]:
    """The data of a line of the timeline whose act is one of `STEPS`."""
    name = _HOLDERS[act]
    held = data[name]
    known = {one: held[one] for one in _TOUCHED if one in held}
    return {**data, name: {**held, **_changed(known, parts)}}


def _changed(known: Mapping[str, Any], parts: frozenset[str]) -> dict[str, Any]:
    """A spot on the map says where somebody lives as well as words do."""
    found: dict[str, Any] = {}
    if CONTACT in parts:
        found["contact_ref"] = None
    if TEXT in parts:
        found |= {"latitude": None, "longitude": None, "decision": without_phrases(known.get("decision", {}))}
    return {name: value for name, value in found.items() if name in known}


_TOUCHED = ("contact_ref", "latitude", "longitude", "decision")
