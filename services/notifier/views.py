"""The notifier's internal API: what became of a complaint's deliveries, and the notices that were captured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request

from services.notifier import repository
from services.notifier.channels.capture import CaptureFolder
from services.notifier.delivery import Delivery
from shared.errors import Refused
from shared.storage.database import Database
from shared.web.internal import internal_blueprint

MOST_CAPTURED = 100


def internal_api(database: Database, folder: CaptureFolder, token: str) -> Blueprint:
    blueprint = internal_blueprint("notifier", token)

    @blueprint.get("/deliveries")
    def deliveries() -> dict[str, Any]:
        complaint_id = request.args.get("complaint_id", "")
        if not complaint_id:
            raise Refused("complaint_id is missing", code="missing_complaint_id", status=400)
        with database.read() as connection:
            rows = repository.deliveries_of(connection, complaint_id)
        return {"deliveries": [_plain(row) for row in rows]}

    @blueprint.get("/captured")
    def captured() -> dict[str, Any]:
        with database.read() as connection:
            kept = repository.captured(connection, MOST_CAPTURED)
        shown = [(delivery, at, folder.read(delivery)) for delivery, at in kept]
        return {"captured": [_summary(delivery, at, notice) for delivery, at, notice in shown if notice is not None]}

    @blueprint.get("/captured/<delivery_id>")
    def captured_one(delivery_id: str) -> dict[str, Any]:
        with database.read() as connection:
            delivery = repository.captured_one(connection, delivery_id)
        notice = folder.read(delivery) if delivery is not None else None
        if delivery is None or notice is None:
            raise Refused("no such notice was captured", code="not_captured", status=404)
        return {**_about(delivery), **notice}

    return blueprint


def _about(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id,
        "complaint_id": delivery.complaint_id,
        "ticket": delivery.ticket,
        "message": delivery.message,
        "recipient": delivery.recipient,
        "assignment": delivery.assignment,
        "channel": delivery.channel,
    }


def _summary(delivery: Delivery, at: datetime, notice: dict[str, Any]) -> dict[str, Any]:
    return {**_about(delivery), "at": at.isoformat(), "subject": notice["subject"], "text": notice["text"]}


def _plain(value: Any) -> Any:
    """With moments as ISO 8601."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
