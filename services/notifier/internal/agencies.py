"""Trying a way to an agency."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from services.notifier.internal.asking import acting
from services.notifier.trial import Trial


def add_agencies(blueprint: Blueprint, trial: Trial) -> None:
    @blueprint.post("/agencies/<code>/test")
    def test(code: str) -> dict[str, Any]:
        """Sends a harmless message now. `way` may be empty. What is wrong with the way is an answer, not an error."""
        by, body = acting()
        way, outcome = trial.send(code, str(body.get("way") or ""), by)
        return {"way": way, "state": outcome.state, "reason": outcome.reason, "answer": outcome.answer}
