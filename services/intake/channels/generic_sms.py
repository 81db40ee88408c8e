"""The webhook for gateways of any make: JSON that is signed, read into a text message or a report. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.sms_talk.message import PartOf, SmsMessage
from services.intake.text import clean_line
from shared.errors import Refused

ACCOUNT = "generic"
WINDOW_SECONDS = 300
_PREFIX = "sha256="
_MOST_PARTS = 255
_REPORTED = ("delivered", "delayed", "failed")


@dataclass(frozen=True)
class GenericReport:
    delivery_id: str
    reported: str
    reason: str
    answer: str


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What stands in `X-Tanggap-Signature`."""
    return _PREFIX + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(keys: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises `Refused` (403): no key is set, the time is off by more than five minutes, or no key fits."""
    if not keys:
        raise Refused("no key for this webhook is set", code="webhook_closed", status=403)
    timestamp, shown = headers.get("X-Tanggap-Timestamp", ""), headers.get("X-Tanggap-Signature", "")
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not is_time or abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise Refused("X-Tanggap-Timestamp is missing or too far from our time", code="stale_signature", status=403)
    given = shown.strip().lower().encode("utf-8", "replace")
    if not any(hmac.compare_digest(signature(key, timestamp, body).encode(), given) for key in keys):
        raise Refused("X-Tanggap-Signature is missing or wrong", code="wrong_signature", status=403)


def read_message(body: bytes) -> SmsMessage:
    """Raises `Refused` (400 `malformed_json`, 422 `invalid_fields` naming each field); it never fails otherwise."""
    fields = _Fields(_object(body))
    message = SmsMessage(
        account=ACCOUNT,
        sender=fields.line("from", 64),
        recipient=fields.line("to", 64, needed=False),
        text=fields.text("text"),
        provider_id=fields.line("id", 255),
        part=fields.part(),
        sent_at=fields.moment("sent_at"),
        size=len(body),
    )
    fields.check()
    return message


def read_report(body: bytes) -> GenericReport:
    """Raises as `read_message` does."""
    fields = _Fields(_object(body))
    report = GenericReport(
        delivery_id=fields.line("delivery", 64),
        reported=fields.one_of("status", _REPORTED),
        reason=fields.code("reason"),
        answer=fields.line("answer", 300, needed=False),
    )
    fields.check()
    return report


class _Fields:
    """Reads fields one by one and gathers what is wrong."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._wrong: dict[str, str] = {}

    def line(self, name: str, most: int, *, needed: bool = True) -> str:
        line = clean_line(self._string(name))[:most].rstrip()
        if needed and not line and name not in self._wrong:
            self._wrong[name] = "is missing"
        return line

    def text(self, name: str) -> str:
        if name not in self._values:
            self._wrong[name] = "is missing"
        return self._string(name)

    def one_of(self, name: str, words: Sequence[str]) -> str:
        word = self._string(name)
        if word not in words:
            self._wrong[name] = f"is not one of {', '.join(words)}"
        return word

    def code(self, name: str) -> str:
        word = self._string(name) or "reported"
        if not (word.isascii() and word.replace("_", "").replace("-", "").isalnum() and len(word) <= 64):
            self._wrong[name] = "is not a short word of letters, digits, _ and -"
        return word

    def moment(self, name: str) -> datetime | None:
        written = self._string(name)
        if not written:
            return None
        try:
            moment = datetime.fromisoformat(written)
            if moment.tzinfo is not None and 2000 <= moment.year < 2100:
                return moment
        except ValueError:
            pass
        self._wrong[name] = "is not a moment with its offset, as 2026-11-24T10:00:00+07:00"
        return None

    def part(self) -> PartOf | None:
        part = self._values.get("part")
        if part is None:
            return None
        given = part if isinstance(part, dict) else {}
        reference, number, total = given.get("reference"), _count(given.get("number")), _count(given.get("total"))
        written = str(reference) if isinstance(reference, str | int) and not isinstance(reference, bool) else ""
        if not 1 <= len(written) <= 40 or not 1 <= number <= total <= _MOST_PARTS:
            self._wrong["part"] = "needs reference, number and total, with 1 <= number <= total"
            return None
        return PartOf(clean_line(written) or "-", number, total)

    def check(self) -> None:
        if self._wrong:
            raise Refused("fields are missing or wrong", code="invalid_fields", fields=self._wrong)

    def _string(self, name: str) -> str:
        value = self._values.get(name, "")
        if value is None or isinstance(value, str):
            return value or ""
        self._wrong[name] = "is not a text"
        return ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refused("the body is no JSON object in UTF-8", code="malformed_json", status=400)
    return value
