"""Reading a message without its secrets: sealed fields as sizes, numbers and addresses masked; or whole, on request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.config import Environment
from shared.errors import Rejected
from shared.keyring import values_of
from shared.observability.masking import mask
from shared.sealing import Sealer

_FREE_TEXT = ("detail", "reason", "phrase")
_MOST_RAW = 4000


def head_of(body: bytes) -> dict[str, str]:
    """Type, subject and time as the message says itself; empty when it cannot be read."""
    document = _document(body)
    if document is None:
        return {}
    return {name: str(document[name])[:100] for name in ("type", "subject", "time") if name in document}


def closed(body: bytes) -> Any:
    """For everybody who may look at queues."""
    document = _document(body)
    if document is None:
        return f"<{len(body)} bytes that are no JSON object>"
    return _closed(document, "")


def opened(body: bytes, sealer: Sealer | None) -> Any:
    """All of it. What no key opens is named as such."""
    document = _document(body)
    if document is None:
        return body[:_MOST_RAW].decode("utf-8", "replace")
    return _opened(document, sealer)


def content_sealer(environment: Mapping[str, str], data: Path) -> Sealer | None:
    """With the content keys of the environment, or those of a demonstration's folder; None when there are none."""
    keys = Environment(environment).items("TANGGAP_CONTENT_KEYS")
    stored = data / "secrets" / "content_keys"
    if not keys and stored.is_file():
        keys = values_of(stored.read_text(encoding="ascii"))
    return Sealer(keys) if keys else None


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _closed(value: Any, name: str) -> Any:
    token = _token(value)
    if token is not None:
        return f"<sealed, {len(token)} bytes>"
    if isinstance(value, dict):
        return {key: _closed(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_closed(item, name) for item in value]
    if isinstance(value, str) and name in _FREE_TEXT:
        return mask(value)
    return value


def _opened(value: Any, sealer: Sealer | None) -> Any:
    token = _token(value)
    if token is not None:
        if sealer is None:
            return f"<sealed, {len(token)} bytes; TANGGAP_CONTENT_KEYS is not set>"
        try:
            return sealer.unseal(token)
        except Rejected:
            return f"<sealed, {len(token)} bytes; none of TANGGAP_CONTENT_KEYS opens it>"
    if isinstance(value, dict):
        return {key: _opened(item, sealer) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item, sealer) for item in value]
    return value


def _token(value: Any) -> str | None:
    if isinstance(value, dict) and set(value) == {"sealed"} and isinstance(value["sealed"], str):
        return value["sealed"]
    return None
