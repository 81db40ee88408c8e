"""The sealer as one of the desk's workers."""

from __future__ import annotations

from services.desk.auditing.chain import AuditKeys
from services.desk.auditing.heads import DailyHeads
from services.desk.auditing.sealer import Sealer, SealingStepper
from services.desk.config import DeskSettings
from services.desk.desk import Desk
from services.desk.tables import audit
from shared.web.internal_audit import OwnAudit
from shared.workers import Worker


def sealing_workers(settings: DeskSettings, desk: Desk) -> list[Worker]:
    """None where there is no key."""
    if not settings.audit_keys:
        return []
    spine = desk.spine
    sources = {spine.name: OwnAudit(spine.database, audit), **desk.audits}
    heads = DailyHeads(spine, desk.pack.calendar)
    sealer = Sealer(spine.database, spine.clock, AuditKeys(settings.audit_keys), sources)
    return [Worker("desk-sealer", SealingStepper(sealer, heads.note, spine.bells), spine.clock)]


def sealing_warnings(settings: DeskSettings) -> list[str]:
    return [] if settings.audit_keys else ["TANGGAP_AUDIT_KEYS is not set: audit rows are not sealed"]
