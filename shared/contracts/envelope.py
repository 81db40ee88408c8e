"""How a fact travels: CloudEvents 1.0 in structured mode, JSON only.

CloudEvents has no binding for AMQP 0-9-1, so the event is the whole body (`application/cloudevents+json`) and what
routing and tools want to see is mirrored in the message's properties (shared/messaging/message.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.contracts import registry
from shared.contracts.registry import Event
from shared.errors import Rejected
from shared.ids import new_id
from shared.observability.tracing import current_traceparent
from shared.sealing import Sealer

CONTENT_TYPE = "application/cloudevents+json"
MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class Envelope:
    """One said fact. `id` is the same however often it is published; listeners recognise doubles by it."""

    id: str
    source: str
    subject: str
    time: datetime
    traceparent: str
    event: Any

    @property
    def type(self) -> str:
        return str(self.event.TYPE)

    @staticmethod
    def of(event: Event, *, source: str, time: datetime) -> Envelope:
        return Envelope(new_id(), source, event.subject, time, current_traceparent(), event)


class Codec:
    """Turns envelopes into bytes and back. Sealed fields are sealed on the way out and opened on the way in."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def encode(self, envelope: Envelope) -> bytes:
        """Raises `Rejected` when the event breaks its own contract."""
        data = registry.dump(envelope.event)
        for name in envelope.event.SEALED:
            data[name] = {"sealed": self._sealer.seal(data[name])}
        document = {
            "specversion": "1.0",
            "id": envelope.id,
            "source": f"tanggap/{envelope.source}",
            "type": envelope.type,
            "subject": envelope.subject,
            "time": envelope.time.astimezone(UTC).isoformat(),
            "datacontenttype": "application/json",
            "traceparent": envelope.traceparent,
            "data": data,
        }
        return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    def decode(self, body: bytes) -> Envelope:
        """Raises `Rejected` with a code: `undecodable`, `unknown_type`, `invalid_event`, `unreadable_seal`."""
        document = _parse(body)
        type_ = document["type"]
        cls = registry.event_class(type_)
        data = dict(document["data"])
        for name in cls.SEALED:
            token = data.get(name)
            if not isinstance(token, dict) or not isinstance(token.get("sealed"), str):
                raise Rejected(f"{type_}: the field {name} is not sealed", code="invalid_event")
            data[name] = self._sealer.unseal(token["sealed"])
        return Envelope(
            id=document["id"],
            source=document["source"].removeprefix("tanggap/"),
            subject=str(document.get("subject", "")),
            time=_time(document["time"]),
            traceparent=str(document.get("traceparent", "")),
            event=registry.load(type_, data),
        )


def peek(body: bytes) -> tuple[str | None, str | None]:
    """Type and subject of a message, as far as they can be read, for lists of what waits or failed. Never raises."""
    try:
        document = _parse(body)
    except Rejected:
        return None, None
    subject = document.get("subject")
    return document["type"][:100], subject[:64] if isinstance(subject, str) else None


def _parse(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise Rejected(f"the message is larger than {MOST_BYTES} bytes", code="undecodable")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected("the message is not JSON", code="undecodable") from None
    if not isinstance(document, dict) or document.get("specversion") != "1.0":
        raise Rejected("the message is not a CloudEvent of version 1.0", code="undecodable")
    for name in ("id", "source", "type", "time"):
        if not isinstance(document.get(name), str):
            raise Rejected(f"the CloudEvent has no {name}", code="undecodable")
    if not isinstance(document.get("data"), dict):
        raise Rejected("the CloudEvent carries no data", code="undecodable")
    return document


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected(f"the CloudEvent's time cannot be read: {text!r:.40}", code="undecodable") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
