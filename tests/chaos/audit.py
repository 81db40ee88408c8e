"""Counting what became of the complaints: from the databases and the captured notices, past the code under test."""

from collections import Counter
from dataclasses import dataclass

from tests.chaos.load import Ledger
from tests.support.system import OWNERS, System


@dataclass
class Findings:
    """All lists are empty when nothing was lost and nothing happened twice."""

    lost: list[str]
    doubled: list[str]
    dead: list[tuple[str, str]]
    complaints: int


def at_rest(system: System, *, deliveries: bool = True) -> bool:
    """No service has anything left to do."""
    for owner in OWNERS:
        if system.rows(owner, "SELECT count(*) FROM outbox WHERE published_at IS NULL") != [(0,)]:
            return False
        if system.rows(owner, "SELECT count(*) FROM inbox WHERE state IN ('trying', 'retrying')") != [(0,)]:
            return False
    waiting = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')"
    return not deliveries or system.rows("notifier", waiting) == [(0,)]


def unfinished(system: System) -> str:
    """What still waits, for the message of a failed wait."""
    lines = []
    for owner in OWNERS:
        outbox = system.rows(owner, "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0]
        inbox = system.rows(owner, "SELECT state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state")
        lines.append(f"{owner}: {outbox} unpublished, inbox {dict(inbox)}")
    lines.append(f"deliveries: {system.rows('notifier', 'SELECT state, count(*) FROM deliveries GROUP BY state')}")
    return "\n".join(lines)


def audit(system: System, ledger: Ledger, killer_ticket: str) -> Findings:
    lost: list[str] = []
    doubled: list[str] = []
    promised = set(ledger.tickets.values())
    stored = Counter(row[0] for row in system.rows("intake", "SELECT ticket FROM complaints"))
    decided = Counter(row[0] for row in system.rows("router", "SELECT ticket FROM decisions"))
    cases = Counter(row[0] for row in system.rows("desk", "SELECT ticket FROM cases"))
    notices = Counter(_notice(notice.path.name) for notice in system.captured())
    sent_on = "SELECT ticket FROM decisions WHERE agency IS NOT NULL AND outcome = 'routed'"
    routed = {row[0] for row in system.rows("router", sent_on)}
    for ticket in promised:
        places = {"complaint": stored[ticket], "decision": decided[ticket], "case": cases[ticket]}
        places["receipt"] = sum(count for (one, citizen), count in notices.items() if one == ticket and citizen)
        to_agency = sum(count for (one, citizen), count in notices.items() if one == ticket and not citizen)
        if ticket in routed:
            places["case notice"] = to_agency
        elif to_agency:
            doubled.append(f"{ticket}: an agency was told of a complaint in triage")
        lost += [f"{ticket}: no {name}" for name, count in places.items() if count == 0]
        doubled += [f"{ticket}: {count} times {name}" for name, count in places.items() if count > 1]
    extra = set(stored) - promised - {killer_ticket}
    doubled += [f"{ticket}: stored, but no citizen holds it" for ticket in extra]
    dead = [
        (owner, str(row[0]))
        for owner in OWNERS
        for row in system.rows(owner, "SELECT error_code FROM inbox WHERE state = 'dead'")
    ]
    return Findings(lost, doubled, dead, sum(stored.values()))


def _notice(name: str) -> tuple[str, bool]:
    """(ticket, whether it goes to the citizen) from a captured file's name."""
    return "-".join(name.split("-")[:3]), "citizen" in name
