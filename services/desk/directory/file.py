"""The directory written as a pack's `agencies.yaml`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import yaml

from services.desk.directory.merging import PACK_ENDPOINTS
from services.desk.directory.repository import Entry
from shared.city import Agency


def write_agencies(entries: Iterable[Entry], seeds: Iterable[Agency], now: datetime) -> str:
    """Agencies that are valid now, by code. What only a pack says of one (`territorial`, `confirm`) is kept."""
    known = {agency.code: agency for agency in seeds}
    rows = [_row(entry, known.get(entry.code)) for entry in entries if entry.valid_at(now)]
    head = "# Written by `tanggap pack export` from the desk's directory.\n"
    return head + yaml.safe_dump({"agencies": rows}, allow_unicode=True, sort_keys=False, width=120)


def _row(entry: Entry, seed: Agency | None) -> dict[str, Any]:
    row: dict[str, Any] = {"code": entry.code, "name": entry.name, "kind": entry.kind}
    more = {
        "aliases": list(entry.aliases),
        **{name: entry.endpoints.get(name, "") for name in PACK_ENDPOINTS},
        "channels": list(entry.channels),
        "language": entry.language,
        "public_contact": entry.public_contact,
        "places": entry.places,
        "territorial": seed is not None and seed.territorial,
        "confirm": seed is not None and seed.confirm,
    }
    row |= {name: value for name, value in more.items() if value}
    return row if entry.reminders else {**row, "reminders": False}
