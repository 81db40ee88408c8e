"""What the notifier does with what comes back: reports of the receivers' side, and agencies that took note."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.notifier.feedback import reminders
from services.notifier.feedback.reports import Reports
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAcknowledged
from shared.contracts.delivery import DeliveryReported
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class FeedbackHandlers:
    spine: Spine
    notifications: Notifications = field(default_factory=Notifications)

    def table(self) -> dict[str, Handler]:
        return {DeliveryReported.TYPE: self.note_report, CaseAcknowledged.TYPE: self.note_acknowledged}

    def note_report(self, tx: Transaction, envelope: Envelope) -> None:
        Reports(self.spine, self.notifications.alert_after_bounces).hear(tx, envelope.event)

    def note_acknowledged(self, tx: Transaction, envelope: Envelope) -> None:
        reminders.acknowledge(tx, self.spine, envelope.event)
