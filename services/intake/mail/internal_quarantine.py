"""Intake's internal API for the desk's page of what waits in quarantine."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from services.intake.mail.quarantine import Person, Quarantine
from shared.errors import Refused
from shared.web.internal import internal_blueprint, json_object

_MOST = {"actor": 100, "role": 30, "reason": 500}


def quarantine_blueprint(quarantine: Quarantine, token: str) -> Blueprint:
    """Whoever looks or acts names themselves: `actor` and `role`, in the query of a GET, in the body of a POST."""
    blueprint = internal_blueprint("quarantine", token)

    @blueprint.get("/quarantine")
    def list_waiting() -> dict[str, Any]:
        state = request.args.get("state", "waiting")
        return {"messages": quarantine.list(state), "waiting": quarantine.count_waiting()}

    @blueprint.get("/quarantine/<quarantine_id>")
    def show(quarantine_id: str) -> dict[str, Any]:
        given = dict(request.args)
        return quarantine.show(quarantine_id, _person(given), _text(given, "reason", needed=False))

    @blueprint.post("/quarantine/<quarantine_id>/replay")
    def replay(quarantine_id: str) -> dict[str, Any]:
        body = json_object()
        as_ = body.get("as", "")
        if as_ not in ("", "complaint"):
            raise Refused('as: "complaint", or left out', code="invalid_fields")
        reason = _text(body, "reason", needed=False)
        return quarantine.replay(quarantine_id, _person(body), as_complaint=as_ == "complaint", reason=reason)

    @blueprint.post("/quarantine/<quarantine_id>/discard")
    def discard(quarantine_id: str) -> dict[str, Any]:
        body = json_object()
        return quarantine.discard(quarantine_id, _person(body), reason=_text(body, "reason"))

    return blueprint


def _person(given: dict[str, Any]) -> Person:
    return Person(_text(given, "actor"), _text(given, "role"))


def _text(given: dict[str, Any], name: str, *, needed: bool = True) -> str:
    value = given.get(name, "")
    most = _MOST[name]
    if not isinstance(value, str) or len(value) > most or "\x00" in value or (needed and not value.strip()):
        raise Refused(
            f"{name}: a text of {'1' if needed else '0'} to {most} characters is needed", code="invalid_fields"
        )
    return value.strip()
