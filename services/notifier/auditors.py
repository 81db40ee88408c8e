"""Hears how far audit rows are sealed, and plans the mail to the auditors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.planning.auditors import plan_audit_head
from services.notifier.plans import Plans
from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.sealing import Sealer
from shared.storage.database import Transaction


@dataclass(frozen=True)
class AuditorHandlers:
    """The addresses are this service's own setting: whoever has the desk cannot send the heads elsewhere."""

    plans: Plans
    sealer: Sealer
    addresses: Sequence[str]
    desk_url: str

    def table(self) -> dict[str, Handler]:
        return {AuditHead.TYPE: self.plan_head}

    def plan_head(self, tx: Transaction, envelope: Envelope) -> None:
        head: AuditHead = envelope.event
        link, now = f"{self.desk_url.rstrip('/')}/audit", self.plans.spine.clock.now()
        self.plans.store(tx, plan_audit_head(head, self.addresses, link, self.sealer.seal, now))
