"""Checks of agencies' queues: is each there, is it emptied, how long have messages been waiting in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.agency_queues.ages import FULL_SHARE, AgencyQueueAge, agency_queue_ages
from services.operations.finding import Finding, problem, unseen, warning, well
from services.operations.installation import Location, open_member, reason
from services.operations.sentences import counted
from shared.clock import Clock
from shared.messaging.agency_queues import MOST_MESSAGES
from shared.messaging.pika_admin import PikaAdmin

_NAME = "agency queues"


def check_agency_queues(location: Location, clock: Clock) -> list[Finding]:
    """One finding for each that needs attention; one for all when none does."""
    try:
        ages = look_at_queues(location)
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        return [unseen(_NAME, reason(error), "mend the broker, or the notifier's database, first")]
    return findings_of(ages, clock.now())


def findings_of(ages: Sequence[AgencyQueueAge], now: datetime) -> list[Finding]:
    """Pure."""
    lost = [age.agency for age in ages if age.missing]
    found = [finding for age in ages if (finding := _of_queue(age, now)) is not None]
    if lost:
        saw = f"there is no queue for {', '.join(lost)}: the broker has lost it"
        found.append(problem(_NAME, saw, "tanggap agency amqp restore"))
    return found or [well(_NAME, f"{counted(len(ages), 'agency fetches', 'agencies fetch')} from a queue")]


def look_at_queues(location: Location) -> list[AgencyQueueAge]:
    """Raises what broker and database raise. Nobody asks the broker when no agency has a queue."""
    member = open_member(location, "notifier")
    try:
        with member.database.read() as connection:
            accounts = amqp_accounts.every(connection)
            names = [account.queue for account in accounts]
            depths = PikaAdmin(location.broker_url).depths(names) if names else {}
            return agency_queue_ages(connection, accounts, depths)
    finally:
        member.database.close()


def _of_queue(age: AgencyQueueAge, now: datetime) -> Finding | None:
    name = f"agency queue {age.agency}"
    reads = "nobody reads it" if not age.consumers else "its program is connected"
    minutes = int(age.age(now).total_seconds() // 60)
    saw = f"{counted(age.waiting or 0, 'message waits', 'messages wait')}, the oldest for {minutes} min; {reads}"
    ask = f"ask {age.agency} about its program; `tanggap agency ways {age.agency} email` sends mails meanwhile"
    if age.full:
        return problem(name, f"full ({MOST_MESSAGES}): it takes no more. {saw}", ask)
    if age.nearly_full:
        return warning(name, f"more than {FULL_SHARE:.0%} full. {saw}", ask)
    return warning(name, saw, ask) if age.old(now) else None
