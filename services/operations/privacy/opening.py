"""Intake's own parts for removing things, opened by a command beside a running intake."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from services.intake.config import IntakeSettings
from services.intake.contacts import TypedContact
from services.intake.mail.keeping import RawMails
from services.intake.parts import IntakeParts
from services.intake.privacy.holder import Holder
from services.intake.privacy.purging import Purge
from services.notifier.tables import deliveries
from services.operations.installation import Installation
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.storage.database import Database


@dataclass(frozen=True)
class PrivacyParts:
    """What is said by these goes out by the running intake, within a few seconds."""

    parts: IntakeParts
    purge: Purge
    holder: Holder


def privacy_parts(settings: IntakeSettings, database: Database) -> PrivacyParts:
    pack = load_pack(settings.common.pack)
    parts = IntakeParts.of(settings, database, MemoryBroker(TOPOLOGY), SystemClock(), Metrics(), pack)
    holder = Holder(parts.purge.erasing, parts.vault, RawMails(parts.attachments, parts.vault.sealer))
    return PrivacyParts(parts, parts.purge, holder)


def told_by_notifier(installation: Installation, contact: TypedContact) -> set[str]:
    """Ids under which the notifier has sent something to this contact: of complaints, and of forms with a code."""
    table = deliveries.c
    with installation.members["notifier"].database.read() as connection:
        rows = connection.execute(select(table.complaint_id).where(table.recipient_key == contact.key).distinct())
        return {row.complaint_id for row in rows}
