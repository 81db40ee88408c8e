"""What the desk does with what it hears. Facts may come in any order, and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.desk import repository as cases
from services.desk import repository_timeline as timeline
from services.desk.cases import Happening, of_routed, of_unrouted
from shared.contracts.complaint import ComplaintRouted, ComplaintUnrouted
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.storage.database import Transaction


def table() -> dict[str, Handler]:
    return {
        ComplaintRouted.TYPE: keep_routed,
        ComplaintUnrouted.TYPE: keep_unrouted,
        DeliveryFinished.TYPE: keep_delivery,
    }


def foresee(tx: Transaction, envelopes: Sequence[Envelope]) -> None:
    """Asks the database once for a batch, rather than once for each fact."""
    ids = [one.event.complaint_id for one in envelopes if isinstance(one.event, ComplaintRouted | ComplaintUnrouted)]
    if ids:
        cases.look_up(tx, ids)


def keep_routed(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintRouted = envelope.event
    cases.merge(tx, of_routed(event))
    decision = event.decision
    data = {"agency": event.agency, "outcome": decision.get("outcome"), "ruleset": decision.get("ruleset")}
    _add(tx, event, f"routed:{event.revision}", "routed", event.routed_at, str(decision.get("reason", "")), data)


def keep_unrouted(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintUnrouted = envelope.event
    cases.merge(tx, of_unrouted(event))
    data = {"agency": event.decision.get("agency"), "ruleset": event.decision.get("ruleset")}
    _add(tx, event, f"unrouted:{event.revision}", "unrouted", event.decided_at, event.reason, data)


def keep_delivery(tx: Transaction, envelope: Envelope) -> None:
    """Kept even when the case is not known yet; the page shows it as soon as it is."""
    event: DeliveryFinished = envelope.event
    data = {
        "message": event.message,
        "recipient": event.recipient,
        "channel": event.channel,
        "outcome": event.outcome,
    }
    key = f"delivery:{event.delivery_id}:{event.outcome}"
    _add(tx, event, key, "delivery", event.finished_at, event.reason, data, role="notifier")


def _add(
    tx: Transaction, event: Any, key: str, act: str, at: Any, note: str, data: dict[str, Any], role: str = "router"
) -> None:  # fmt: skip
    timeline.add(tx, Happening(event.complaint_id, key, at, role, role, act, note, data))
