"""What a gateway reports of messages that were sent, said on to the notifier: once for each delivery and kind."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from services.intake import repository
from services.intake.rows import seen_row
from services.intake.sms_talk.message import CHANNEL
from shared.contracts.delivery import DeliveryReported
from shared.observability.masking import mask
from shared.service import Spine


@dataclass(frozen=True)
class DeliveryReports:
    spine: Spine

    def note(self, delivery_id: str, reported: str, reason: str, answer: str) -> bool:
        """False when this was reported before. The caller has made sure that the gateway may report."""
        now = self.spine.clock.now()
        key = hashlib.sha256(json.dumps(["delivery report", delivery_id, reported]).encode()).hexdigest()
        row = seen_row(
            key, channel=CHANNEL, account="report", complaint_id="", at=now, provider_id=delivery_id
        )  # fmt: skip
        fact = DeliveryReported(
            delivery_id=delivery_id,
            reported=reported,
            reason=reason,
            channel=CHANNEL,
            answer=mask(answer)[:300],
            reported_at=now,
        )
        with self.spine.database.write() as tx:
            if not repository.enter_seen(tx, [row]):
                return False
            self.spine.outbox.say(tx, fact)
        return True
