"""Intake's internal API: contacts for the notifier (in batches) and for the desk (one at a time)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from services.intake.reveal import ContactReveal
from shared.errors import Refused
from shared.web.internal import internal_blueprint, json_object

_MOST_COMPLAINTS = 500


def contacts_blueprint(reveal: ContactReveal, token: str) -> Blueprint:
    blueprint = internal_blueprint("contacts", token)

    @blueprint.post("/contacts/resolve")
    def resolve() -> dict[str, Any]:
        body = json_object()
        resolved = reveal.resolve(
            _wanted(body), purpose=_text(body, "purpose", 60), service=_text(body, "service", 100, default="service")
        )
        return {"contacts": resolved.contacts, "complaints": resolved.complaints}

    @blueprint.post("/contacts/reveal")
    def reveal_one() -> Mapping[str, Any]:
        body = json_object()
        contact = reveal.reveal(
            _text(body, "complaint_id", 64),
            actor=_text(body, "actor", 100),
            role=_text(body, "role", 30),
            reason=_text(body, "reason", 500),
        )
        if contact is None:
            raise Refused("no contact is known for this complaint", code="no_contact", status=404)
        return contact

    return blueprint


def _text(body: dict[str, Any], name: str, most: int, *, default: str = "") -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\x00" in value:
        raise Refused(f"{name}: a text of 1 to {most} characters is needed", code="invalid_fields")
    return value.strip()


def _wanted(body: dict[str, Any]) -> dict[str, str | None]:
    items = body.get("complaints")
    if not isinstance(items, list) or len(items) > _MOST_COMPLAINTS:
        raise Refused(f"complaints: a list of at most {_MOST_COMPLAINTS} is needed", code="invalid_fields")
    wanted: dict[str, str | None] = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("contact_ref", ""), str | None):
            raise Refused("complaints: each needs complaint_id and contact_ref", code="invalid_fields")
        wanted[_text(item, "complaint_id", 64)] = item.get("contact_ref")
    return wanted
