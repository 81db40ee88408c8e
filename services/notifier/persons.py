"""Hears that somebody who works at the desk is to be written to about the own account."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifier.planning.persons import plan_account_mail
from services.notifier.plans import Plans
from shared.contracts.envelope import Envelope
from shared.contracts.person import PersonMailWanted
from shared.messaging.handling import Handler
from shared.sealing import Sealer
from shared.storage.database import Transaction


@dataclass(frozen=True)
class PersonHandlers:
    """Address and link are sealed again before they are stored."""

    plans: Plans
    sealer: Sealer

    def table(self) -> dict[str, Handler]:
        return {PersonMailWanted.TYPE: self.plan_account_mail}

    def plan_account_mail(self, tx: Transaction, envelope: Envelope) -> None:
        wanted: PersonMailWanted = envelope.event
        self.plans.store(tx, [plan_account_mail(wanted, self.sealer.seal, self.plans.spine.clock.now())])
