"""What the notifier wants somebody to see to."""

from __future__ import annotations

from services.notifier.feedback import alerts
from services.operations.finding import Finding, unseen, warning, well
from services.operations.installation import Location, open_member, reason
from services.operations.sentences import counted
from shared.clock import Clock

_NAME = "alerts"
_SHOWN = 3


def check_alerts(location: Location, clock: Clock) -> list[Finding]:
    """One finding for all of them; `tanggap deliveries alerts` tells each."""
    try:
        member = open_member(location, "notifier")
        try:
            with member.database.read() as connection:
                found = alerts.open_alerts(connection)
        finally:
            member.database.close()
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        return [unseen(_NAME, reason(error), "mend the notifier's database first")]
    if not found:
        return [well(_NAME, "none is open")]
    hours = int((clock.now() - min(one["first_at"] for one in found)).total_seconds() // 3600)
    told = ", ".join(f"{one['kind']} {one['subject']}" for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    saw = f"{counted(len(found), 'is open', 'are open')}, the oldest for {hours} h: {told}{more}"
    return [warning(_NAME, saw, "`tanggap deliveries alerts`, or the desk's page; mend the cause, then clear it")]
