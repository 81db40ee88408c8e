"""What an operator is to see to: open alerts, suppressed addresses, destinations out of reach."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from services.notifier.feedback import alerts, suppressions
from services.notifier.feedback.suppressions import Act
from services.notifier.feedback.watch import Destinations
from services.notifier.internal.asking import acting, plain
from services.notifier.sending.by_hand import Person
from shared.errors import Refused
from shared.service import Spine


def add_attention(blueprint: Blueprint, spine: Spine, destinations: Destinations) -> None:
    database, clock = spine.database, spine.clock

    @blueprint.get("/alerts")
    def open_alerts() -> dict[str, Any]:
        with database.read() as connection:
            return {"alerts": plain(alerts.open_alerts(connection))}

    @blueprint.get("/alerts/count")
    def count() -> dict[str, Any]:
        with database.read() as connection:
            return {"open": sum(alerts.count_open(connection).values())}

    @blueprint.post("/alerts/<alert_id>/clear")
    def clear(alert_id: str) -> dict[str, Any]:
        by, _ = acting()
        with database.write() as tx:
            done = alerts.clear(tx, alert_id, _act(by), clock.now())
        if not done:
            raise Refused("somebody has cleared it already", code="already_cleared", status=409)
        return {"alert_id": alert_id}

    @blueprint.get("/destinations")
    def away() -> dict[str, Any]:
        """As this process sees them."""
        return {"destinations": [_destination(one) for one in destinations()]}

    _add_suppressions(blueprint, spine)


def _add_suppressions(blueprint: Blueprint, spine: Spine) -> None:
    database, clock = spine.database, spine.clock

    @blueprint.get("/suppressions")
    def suppressed() -> dict[str, Any]:
        with database.read() as connection:
            return {"suppressions": plain(suppressions.listed(connection))}

    @blueprint.post("/suppressions/lift")
    def lift() -> dict[str, Any]:
        by, body = acting()
        channel, key = str(body.get("channel") or ""), str(body.get("key") or "")
        with database.write() as tx:
            done = suppressions.lift(tx, channel, key, _act(by), clock.now())
        if not done:
            raise Refused("this address is not suppressed", code="not_suppressed", status=409)
        return {"channel": channel, "key": key}


def _act(by: Person) -> Act:
    return Act(by.name, by.role, by.why)


def _destination(one: Any) -> dict[str, Any]:
    names = ("key", "state", "since", "failures", "problem", "next_probe_at")
    return {name: plain(getattr(one, name)) for name in names}
