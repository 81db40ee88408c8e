"""Rows that the two doors, mail and the reports of gateways write alike. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake.submission import KeptRaw

_KEPT_ID_CHARACTERS = 255


def seen_row(
    key: str, *, channel: str, account: str, complaint_id: str, at: datetime, fingerprint: str = "",
    provider_id: str | None = None, addition_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The mark of a message for `enter_seen`; a provider's id is kept as far as there is room."""
    return {
        "seen_key": key,
        "fingerprint": fingerprint,
        "channel": channel,
        "account": account,
        "provider_id": (provider_id or "")[:_KEPT_ID_CHARACTERS] or None,
        "complaint_id": complaint_id,
        "addition_id": addition_id,
        "seen_at": at,
    }


def raw_row(
    raw: KeptRaw, raw_id: str, *, channel: str, at: datetime, complaint_id: str | None = None,
    addition_id: str | None = None, quarantine_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A message as it came, and what it became."""
    return {
        "raw_id": raw_id,
        "channel": channel,
        "sha256": raw.sha256,
        "size": raw.size,
        "sealed": raw.sealed,
        "complaint_id": complaint_id,
        "addition_id": addition_id,
        "quarantine_id": quarantine_id,
        "received_at": at,
    }
