"""Notices to look at: those that the demonstration kept, and every message as it would read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint

from services.notifier import repository
from services.notifier.channels.capture import CaptureFolder
from services.notifier.delivery import SMS, Delivery
from shared.errors import Refused
from shared.gsm import segments
from shared.storage.database import Database

MOST_CAPTURED = 100


class Preview(Protocol):
    """A message as it would read, with made-up contents."""

    @property
    def message(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


Previews = Callable[[], Sequence[Preview]]


def add_captured(blueprint: Blueprint, database: Database, folder: CaptureFolder) -> None:
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


def add_previews(blueprint: Blueprint, previews: Previews) -> None:
    @blueprint.get("/previews")
    def every() -> dict[str, Any]:
        return {"previews": [_preview(one) for one in previews()]}


def _preview(one: Preview) -> dict[str, Any]:
    names = ("message", "channel", "language", "subject", "text", "html")
    parts = segments(one.text) if one.channel == SMS else 0
    return {**{name: getattr(one, name) for name in names}, "segments": parts}


def _about(delivery: Delivery) -> dict[str, Any]:
    names = ("delivery_id", "complaint_id", "ticket", "message", "recipient", "assignment", "channel")
    return {name: getattr(delivery, name) for name in names}


def _summary(delivery: Delivery, at: datetime, notice: dict[str, Any]) -> dict[str, Any]:
    return {**_about(delivery), "at": at.isoformat(), "subject": notice["subject"], "text": notice["text"]}
