"""`GET /internal/vitals`: how this process is, with the rows of the others of its service. Answers from memory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint

from shared.clock import Clock
from shared.vitals.board import Board, Seen
from shared.vitals.table import read_process
from shared.web.internal import internal_blueprint


def vitals_api(board: Board, clock: Clock, token: str) -> Blueprint:
    blueprint = internal_blueprint("vitals", token)

    @blueprint.get("/vitals")
    def vitals() -> dict[str, Any]:
        seen = board.seen
        return {
            "now": clock.now().isoformat(),
            "own": seen.process.as_dict(),
            "processes": [one.as_dict() for one in seen.processes],
            "read_at": seen.read_at.isoformat() if seen.read_at else None,
        }

    return blueprint


def read_seen(told: Any) -> Seen:
    """What the API answered. Raises `ValueError` for anything else."""
    if not isinstance(told, dict) or not isinstance(told.get("processes"), list):
        raise ValueError("these are no vitals")
    read_at = told.get("read_at")
    return Seen(
        process=read_process(told.get("own")),
        processes=tuple(read_process(one) for one in told["processes"]),
        read_at=datetime.fromisoformat(read_at) if read_at else None,
    )
