"""What an agency's own system gets, by webhook or from its queue: a CloudEvents 1.0 document in structured mode. Pure.

Its shape is `docs/schemas/agency-message.schema.json`. It never carries a contact: what stands in the words is masked
also where the identity is open, since a machine passes on what it gets. The same delivery gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.notifier.delivery import CASE_ADDITION, CASE_COPY, CASE_ESCALATION, CASE_NEWS, Delivery, kind_of_message
from services.notifier.planning.showing import CONFIDENTIAL
from services.notifier.writing.fields import desk_link
from shared.observability.masking import mask

SOURCE = "tanggap/notifier"


def type_of(message: str) -> str:
    return f"tanggap.{kind_of_message(message)}.v1"


def write_document(delivery: Delivery, desk_url: str) -> bytes:
    event = {
        "specversion": "1.0",
        "id": delivery.delivery_id,
        "source": SOURCE,
        "type": type_of(delivery.message),
        "subject": delivery.ticket,
        "time": delivery.planned_at.isoformat(),
        "datacontenttype": "application/json",
        "data": _data(delivery, desk_url),
    }
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


def _data(delivery: Delivery, desk_url: str) -> dict[str, Any]:
    data = delivery.data
    withheld = data["identity"] == CONFIDENTIAL
    place = data["place"]
    told = {
        "ticket": delivery.ticket,
        "agency": delivery.recipient,
        "assignment": delivery.assignment,
        "kind": data["kind"],
        "channel": data["channel"],
        "identity": data["identity"],
        "received_at": data["received_at"],
        "place": {
            "kecamatan": place["kecamatan"],
            "kelurahan": place["kelurahan"],
            "detail": _words(place["detail"], withheld),
        },
        "photos": data["attachments"],
        "link": desk_link(desk_url, delivery.ticket),
    }
    message = kind_of_message(delivery.message)
    if message == CASE_ADDITION:
        added = [{**line, "text": _words(line["text"], withheld)} for line in data["lines"]]
        return {**told, "additions": added}
    if message in (CASE_NEWS, CASE_ESCALATION):
        return {**told, **_news(message, data, withheld)}
    why = [] if withheld else [mask(phrase) for phrase in data.get("why", [])]
    told |= {"text": _words(data["text"], withheld), "why": why}
    optional = {
        "coordinator_reason": _words(data.get("coordinator_reason", ""), withheld),
        "lead": data.get("lead") or ("-" if message == CASE_COPY else ""),
        "noticed_at": data.get("noticed_at"),
    }
    return {**told, **{name: value for name, value in optional.items() if value}}


def _news(message: str, data: Mapping[str, Any], withheld: bool) -> dict[str, Any]:
    """What happened to the case, or which deadline it is about."""
    if message == CASE_ESCALATION:
        told = {name: data[name] for name in ("clock", "due_at", "late", "step", "rung")}
        return {**told, "lead": data["lead"]} if data["lead"] else told
    told = {"what": data["what"], "at": data["at"], "reason": _words(data["reason"], withheld)}
    return {**told, "until": data["until"]} if data.get("until") else told


def _words(text: str, withheld: bool) -> str | None:
    """None for what is kept back; an empty text is one that was not written."""
    return None if withheld else mask(text)
