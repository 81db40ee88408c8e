"""Whether the desk keeps up with sealing audit rows."""

from __future__ import annotations

from datetime import timedelta

from services.composition import OWNERS
from services.desk.auditing import repository
from services.desk.auditing.repository import Progress
from services.operations.finding import Finding, unseen, warning, well
from services.operations.installation import Location, open_member, reason
from services.operations.sentences import counted
from shared.clock import Clock

BEHIND = timedelta(minutes=15)
_NAME = "audit seals"


def check_seals(location: Location, clock: Clock) -> list[Finding]:
    """What was never read counts as behind once a head is older than that: services start one by one."""
    try:
        member = open_member(location, "desk")
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        return [unseen(_NAME, reason(error), "mend the desk's database first")]
    try:
        with member.database.read() as connection:
            count, known = repository.head(connection).n, repository.progress(connection)
            heads = repository.heads(connection, 2)
    except Exception as error:  # noqa: BLE001 - as above
        return [unseen(_NAME, reason(error), "mend the desk's database first")]
    finally:
        member.database.close()
    if not known:
        return [warning(_NAME, "no audit row is sealed", "set TANGGAP_AUDIT_KEYS for the desk, and start it")]
    now = clock.now()
    begun = any(head.made_at < now - BEHIND for head in heads)
    behind = [
        name
        for name in OWNERS
        if ((seen := known.get(name, Progress(name)).seen_until) is None and begun) or (seen and seen < now - BEHIND)
    ]
    if behind:
        todo = "does the desk run, and reach the service? See its page /audit"
        return [warning(_NAME, f"rows of {', '.join(behind)} are not sealed as they come", todo)]
    return [well(_NAME, f"{counted(count, 'row')} sealed")]
