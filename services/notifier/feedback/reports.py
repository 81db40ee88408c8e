"""What the receiver's side says of a delivery: kept always, and acted upon where it leads somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from services.notifier.delivery import ANY, CITIZEN, CITIZEN_CHANNELS, EMAIL, FAILED, PENDING, PERSON, lane_of
from services.notifier.feedback import alerts, suppressions
from services.notifier.feedback.verdict import (
    Effect,
    TooEarly,
    channels_left,
    is_bad_address,
    is_machine_answer,
    leads_there,
    state_of,
)
from services.notifier.repository import delivery_of, directory
from services.notifier.sending.calling import call
from services.notifier.sending.ledger import say_finished
from services.notifier.tables import deliveries, reports
from shared.contracts.delivery import DeliveryReported
from shared.errors import Transient
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("reports")


@dataclass(frozen=True)
class Reports:
    """`alert_after` is how many mails of an agency's mailbox may come back before somebody is told."""

    spine: Spine
    alert_after: int

    def hear(self, tx: Transaction, report: DeliveryReported) -> Effect:
        """Raises `Transient` when the outcome of the attempt is not written down yet: then it has to be heard again."""
        now = self.spine.clock.now()
        mine = deliveries.c.delivery_id == report.delivery_id
        row = tx.execute(select(deliveries).where(mine).with_for_update()).first()
        if row is None:
            log.info("unknown_delivery_reported", delivery_id=report.delivery_id, reason=report.reason)
            _keep(tx, report, "", Effect.UNKNOWN, now)
            return Effect.UNKNOWN
        effect = self._act(tx, row, report, now)
        _keep(tx, report, row.recipient, effect, now)
        if row.recipient not in (CITIZEN, PERSON) and report.channel == EMAIL and _came_back(report):
            alerts.count_returns(tx, row.recipient, self.alert_after, now)
        return effect

    def _act(self, tx: Transaction, row: Row[Any], report: DeliveryReported, now: datetime) -> Effect:
        state = state_of(report.reported, report.reason)
        if state is None:
            return Effect.NONE
        try:
            leads = leads_there(row.state, row.channel, reported_channel=report.channel, wanted=state)
        except TooEarly:
            raise Transient(
                "the attempt that is reported on has not ended yet", code="attempt_not_ended", retry_after_seconds=2.0
            ) from None
        suppressed = state == FAILED and _suppress(tx, row, report, now)
        if not leads:
            return Effect.SUPPRESSED if suppressed else Effect.NONE
        if state == FAILED and row.recipient != CITIZEN:
            alerts.way_given_up(tx, row.recipient, row.channel, report.reason, row.delivery_id, now)
        delivery = delivery_of(row._mapping)
        say_finished(
            self.spine, tx, row.delivery_id, delivery, channel=row.channel, state=state, reason=report.reason, now=now
        )
        if state == FAILED and _can_go_on(tx, row):
            self._go_on(tx, row, report.reason, now)
            return Effect.FAILED_OVER
        changes = {"state": state, "reason": report.reason, "finished_at": now}
        tx.execute(update(deliveries).where(deliveries.c.delivery_id == row.delivery_id).values(changes))
        return Effect.SETTLED

    def _go_on(self, tx: Transaction, row: Row[Any], problem: str, now: datetime) -> None:
        """Whoever sorts what has no channel yet chooses the next one, or ends it where there is none after all."""
        changes = {
            "state": PENDING, "channel": ANY, "lane": lane_of(ANY, row.recipient),
            "gave_up": [*row.gave_up, row.channel], "attempts": 0, "reason": "", "last_problem": problem[:64],
            "since": now, "due_at": now, "finished_at": None, "lease_owner": None, "lease_until": None,
        }  # fmt: skip
        tx.execute(update(deliveries).where(deliveries.c.delivery_id == row.delivery_id).values(changes))
        call(tx, self.spine.bells, [lane_of(ANY, row.recipient)])


def _came_back(report: DeliveryReported) -> bool:
    return report.reported == FAILED or is_machine_answer(report.reason)


def _suppress(tx: Transaction, row: Row[Any], report: DeliveryReported, now: datetime) -> bool:
    """The key of a citizen's contact is that of the channel that the delivery has now."""
    if not is_bad_address(report.channel, report.reason, report.answer):
        return False
    if row.recipient == CITIZEN and row.channel != report.channel:
        return False
    key = suppressions.key_of(row.recipient, row.recipient_key)
    return key is not None and suppressions.suppress(
        tx, report.channel, key, reason=report.reason, delivery_id=row.delivery_id, now=now
    )


def _can_go_on(tx: Transaction, row: Row[Any]) -> bool:
    """There is another channel, and the words are still there."""
    if not row.data:
        return False
    ways: Sequence[str] = CITIZEN_CHANNELS  # which of them a contact has is known to intake only
    if row.recipient != CITIZEN:
        entry = directory(tx.connection, [row.recipient]).get(row.recipient)
        ways = entry.ways if entry else ()
    return bool(channels_left(ways, [*row.gave_up, row.channel]))


def _keep(tx: Transaction, report: DeliveryReported, recipient: str, effect: Effect, now: datetime) -> None:
    row = {
        "delivery_id": report.delivery_id, "recipient": recipient, "channel": report.channel,
        "reported": report.reported, "reason": report.reason, "answer": report.answer, "effect": str(effect),
        "reported_at": report.reported_at, "heard_at": now,
    }  # fmt: skip
    tx.execute(reports.insert(), row)
