"""What the pack says, what people made of it, and what the pack says now: put together field by field. Pure.

A field that people changed here stays theirs. One that they left alone follows the pack. What the pack is silent about
is never taken away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.desk.directory.repository import Entry

PACK_ENDPOINTS = ("email", "sms", "webhook")
"""The ways whose address a pack may say. A queue is made by an operator, with its user."""
FIELDS = (
    "name", "kind", "places", *PACK_ENDPOINTS, "channels", "language", "reminders", "public_contact", "aliases"
)  # fmt: skip
_MAY_BE_SILENT = frozenset({*PACK_ENDPOINTS, "channels", "language", "reminders", "public_contact"})


@dataclass(frozen=True)
class Merged:
    """`entry` with what came in, still of the old revision. `kept`: where people differ from the pack; `clashing`:
    those of them that the pack has changed as well."""

    entry: Entry
    came: frozenset[str]
    kept: frozenset[str]
    clashing: frozenset[str]


def merge(known: Entry, wanted: Entry, *, take: bool = False) -> Merged:
    """`take`: the pack's say counts, whatever people changed."""
    ours, theirs, base = said_of(known), said_of(wanted), _base(known, wanted)
    came, kept, clashing = set(), set(), set()
    for name in FIELDS:
        if ours[name] == theirs[name] or (name in _MAY_BE_SILENT and _is_silent(name, theirs[name])):
            continue
        edited = bool(ours[name]) if base is None else ours[name] != base.get(name, ours[name])
        if take or not edited:
            came.add(name)
            continue
        kept.add(name)
        if base is None or theirs[name] != base.get(name):
            clashing.add(name)
    entry = replace(_with(known, {name: theirs[name] for name in came}), seeded=wanted.seeded, pack=theirs)
    return Merged(entry, frozenset(came), frozenset(kept), frozenset(clashing))


def said_of(entry: Entry) -> dict[str, Any]:
    """What a pack could say of it, field by field."""
    return {
        name: entry.endpoints.get(name, "") if name in PACK_ENDPOINTS else _plain(getattr(entry, name))
        for name in FIELDS
    }


def fingerprint(entry: Entry) -> str:
    """Of all that a pack says about an agency, and nothing else.

    What packs could not say at first is left out while it is as usual, so that fingerprints of then are still right.
    """
    endpoints = {name: address for name, address in sorted(entry.endpoints.items()) if name in PACK_ENDPOINTS}
    content: list[object] = [entry.code, entry.name, entry.kind, entry.places, endpoints, list(entry.aliases)]
    if entry.channels or entry.language or not entry.reminders:
        content += [list(entry.channels), entry.language, entry.reminders]
    if entry.public_contact:
        content.append({"public_contact": entry.public_contact})
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _base(known: Entry, wanted: Entry) -> Mapping[str, Any] | None:
    """What the pack said last. Entries of older versions do not tell: where it cannot be found out, None."""
    if known.pack:
        return known.pack
    before_contacts = replace(wanted, public_contact="")
    return next(
        (said_of(one) for one in (known, wanted, before_contacts) if fingerprint(one) == known.seeded), None
    )  # fmt: skip


def _is_silent(name: str, value: Any) -> bool:
    return bool(value) if name == "reminders" else not value


def _with(entry: Entry, values: Mapping[str, Any]) -> Entry:
    addresses = {name: value for name, value in values.items() if name in PACK_ENDPOINTS}
    others = {name: value for name, value in values.items() if name not in PACK_ENDPOINTS}
    return replace(entry, endpoints={**entry.endpoints, **addresses}, **others)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
