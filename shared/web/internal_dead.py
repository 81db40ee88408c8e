"""A service's dead letters by its internal API: for the desk, where a person settles those of all services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint

from shared.dead_letters import ACTS, DeadLetter, OwnDeadLetters, Settling
from shared.errors import Refused, Transient
from shared.web.internal import InternalClient, internal_blueprint, json_object


def dead_api(letters: OwnDeadLetters, token: str) -> Blueprint:
    """`GET /internal/dead`, `POST /internal/dead/replay` and `…/discard`."""
    blueprint = internal_blueprint("dead", token)

    @blueprint.get("/dead")
    def listed() -> dict[str, Any]:
        return {"letters": [{**asdict(one), "received_at": one.received_at.isoformat()} for one in letters.listed()]}

    @blueprint.post(f"/dead/<any({','.join(ACTS)}):act>")
    def settle(act: str) -> dict[str, Any]:
        return {"settled": letters.settle(_wish(act, json_object()))}

    return blueprint


class RemoteDeadLetters:
    """Those of another service."""

    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def listed(self) -> Sequence[DeadLetter]:
        try:
            return [_letter(told) for told in self._client.get("/dead")["letters"]]
        except (LookupError, TypeError, ValueError) as error:
            raise Transient("the answer about dead letters cannot be read", code="service_away") from error

    def settle(self, wish: Settling) -> bool:
        told = {name: value for name, value in asdict(wish).items() if name != "act"}
        answer = self._client.post(f"/dead/{wish.act}", told)
        return isinstance(answer, dict) and answer.get("settled") is True


def _wish(act: str, body: dict[str, Any]) -> Settling:
    """Raises `Refused` when something is missing; only a replay needs no reason."""
    sizes = {"queue": 100, "message_id": 64, "actor": 100, "role": 30, "reason": 500}
    told = {name: str(body.get(name) or "").strip()[:most] for name, most in sizes.items()}
    missing = [name for name, value in told.items() if not value and (name != "reason" or act != "replay")]
    if missing:
        raise Refused(f"missing: {', '.join(missing)}", code="missing_field", status=400)
    return Settling(act=act, **told)


def _letter(told: dict[str, Any]) -> DeadLetter:
    texts = {name: str(told[name]) for name in ("queue", "message_id", "type", "subject", "code", "summary")}
    received_at = datetime.fromisoformat(told["received_at"])
    return DeadLetter(**texts, attempts=int(told["attempts"]), received_at=received_at)
