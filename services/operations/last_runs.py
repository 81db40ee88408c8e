"""What a command found when it last ran, left where the operator's page finds it: a row of the desk's `vitals`."""

from __future__ import annotations

from services.desk.tables import vitals
from services.operations.backup.product import product_version
from services.operations.installation import Location, open_member
from shared.clock import Clock
from shared.thresholds import OK, WARNING
from shared.vitals.sign import Sign
from shared.vitals.table import Process, keep

RECONCILE, BACKUP = "reconcile", "backup"


def leave_reconcile(location: Location, clock: Clock, *, differences: int) -> bool:
    return _leave(location, clock, Sign(RECONCILE, WARNING if differences else OK, differences, "differences"))


def leave_backup(location: Location, clock: Clock) -> bool:
    return _leave(location, clock, Sign(BACKUP, OK, 0.0, "seconds"))


def _leave(location: Location, clock: Clock, sign: Sign) -> bool:
    """False when it could not be left there: the command did its work all the same."""
    now = clock.now()
    row = Process(sign.name, sign.name, product_version()[:40], now, now, signs=(sign,))
    try:
        member = open_member(location, "desk")
        try:
            with member.database.write() as tx:
                keep(tx, vitals, row)
        finally:
            member.database.close()
    except Exception:  # noqa: BLE001 - whatever the reason, the command's own result counts
        return False
    return True
