"""Counting what became of the complaints: from databases and notices, past the code under test."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.chaos.arrivals import NOTICE, RECEIPT, UNCERTAIN, Told, told, wrong
from tests.chaos.load import Ledger
from tests.chaos.target import Target
from tests.support.eventually import eventually
from tests.support.system import OWNERS

_ARRIVAL_SECONDS = 60
# Messages that carry a number, and the question how content one is, wait for minutes for what else happens to the case.
_UNFINISHED = (
    "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending') "
    "AND message NOT LIKE '%.%' AND message <> 'satisfaction'"
)
_NUMBER = re.compile(r"laporan (\d+)$")
_PHOTOS = (
    "SELECT c.ticket, count(*) FROM attachments a JOIN complaints c ON c.complaint_id = a.complaint_id "
    "GROUP BY c.ticket"
)


@dataclass
class Findings:
    """`lost` and `doubled` are empty when nothing was lost and nothing happened twice."""

    acknowledged: int = 0
    complaints: int = 0
    photos: int = 0
    routed: int = 0
    told: int = 0
    uncertain: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    dead: list[tuple[str, str]] = field(default_factory=list)


def at_rest(target: Target) -> bool:
    """No service has anything left to do. What makes work for others is looked at before their work is."""
    if target.rows("notifier", _UNFINISHED) != [(0,)]:
        return False
    for owner in OWNERS:
        if target.rows(owner, "SELECT count(*) FROM outbox WHERE published_at IS NULL") != [(0,)]:
            return False
        if target.rows(owner, "SELECT count(*) FROM inbox WHERE state IN ('trying', 'retrying')") != [(0,)]:
            return False
    return True


def unfinished(target: Target) -> str:
    """What still waits, for the message of a failed wait."""
    lines = []
    for owner in OWNERS:
        outbox = target.rows(owner, "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0]
        inbox = target.rows(owner, "SELECT state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state")
        lines.append(f"{owner}: {outbox} unpublished, inbox {dict((row[0], row[1]) for row in inbox)}")
    lines.append(f"deliveries: {target.rows('notifier', 'SELECT state, count(*) FROM deliveries GROUP BY state')}")
    return "\n".join(lines)


def audit_at_rest(
    target: Target,
    ledger: Ledger,
    deadline_seconds: float,
    arrived: Callable[[], Counter[str]] = Counter,
    describe: Callable[[], str] = str,
) -> Findings:
    """What `audit` finds when no service has anything left to do, and what the broker still held has arrived.

    A published message that nobody has taken yet, since its service is only just coming back, stands in no database as
    something to do: so what is missing has a while more to arrive, and is among the findings afterwards.
    """
    shown = lambda: unfinished(target) + describe()  # noqa: E731
    eventually(lambda: at_rest(target), deadline_seconds, every=0.5, describe=shown)
    with suppress(AssertionError):
        eventually(lambda: at_rest(target) and not audit(target, ledger, arrived()).lost, _ARRIVAL_SECONDS, every=0.5)
    return audit(target, ledger, arrived())


def audit(target: Target, ledger: Ledger, arrived: Counter[str] | None = None) -> Findings:
    """Each complaint is known by the number at the end of its text, so that channels without a receipt count too.

    `arrived` counts, by the keys of the messages, what real receivers got besides the notices that were captured.
    """
    seen = _Seen(target, arrived or Counter(), ledger.first)
    found = Findings(acknowledged=len(ledger.tickets), complaints=seen.complaints)
    for number, promised in ledger.tickets.items():
        tickets = seen.stored.pop(number, [])
        if not tickets or (promised and promised not in tickets):
            found.lost.append(f"{number}: acknowledged{promised and f' as {promised}'}, not stored")
        if len(tickets) > 1:
            found.doubled.append(f"{number}: stored {len(tickets)} times")
        for ticket in tickets[:1]:
            _follow(ticket, seen, found)
            if number in ledger.with_photo and seen.photos[ticket] != 1:
                found.lost.append(f"{ticket}: {seen.photos[ticket]} photos, 1 was sent")
            found.photos += seen.photos[ticket]
    strangers = seen.stored.keys() - ledger.given_up
    found.doubled += [f"{number}: stored, but never acknowledged" for number in sorted(strangers)]
    found.doubled += [f"a message {key} arrived, and no delivery has that key" for key in seen.unknown]
    found.dead = [
        (owner, str(row[0]))
        for owner in OWNERS
        for row in target.rows(owner, "SELECT error_code FROM inbox WHERE state = 'dead'")
    ]
    return found


class _Seen:
    """What is stored and what arrived, by ticket (complaints by number)."""

    def __init__(self, target: Target, arrived: Counter[str], first: int) -> None:
        self.stored: dict[int, list[str]] = defaultdict(list)
        self.complaints = 0
        for ticket, text in target.rows("intake", "SELECT ticket, text FROM complaints"):
            number = _NUMBER.search(text)
            if number and int(number.group(1)) < first:
                continue
            self.complaints += 1
            if number:
                self.stored[int(number.group(1))].append(ticket)
        self.decided = Counter(row[0] for row in target.rows("router", "SELECT ticket FROM decisions"))
        self.cases = Counter(row[0] for row in target.rows("desk", "SELECT ticket FROM cases"))
        sent_on = "SELECT ticket FROM decisions WHERE outcome = 'routed'"
        self.routed = {row[0] for row in target.rows("router", sent_on)}
        self.photos = Counter({str(row[0]): int(row[1]) for row in target.rows("intake", _PHOTOS)})
        self.told, self.unknown = told(target, arrived)


def _follow(ticket: str, seen: _Seen, found: Findings) -> None:
    """One complaint through all services.

    An uncertain message may have arrived or not: it is not lost as long as it is known as uncertain, and it is doubled
    only when it arrived twice.
    """
    messages = seen.told.get(ticket, [])
    for name, count in (("decision", seen.decided[ticket]), ("case", seen.cases[ticket])):
        if count > 1:
            found.doubled.append(f"{ticket}: {count} times {name}")
        if not count:
            found.lost.append(f"{ticket}: no {name}")
    if not _came(messages, RECEIPT):
        found.lost.append(f"{ticket}: no receipt")
    was_told = _came(messages, NOTICE)
    if ticket in seen.routed and not was_told:
        found.lost.append(f"{ticket}: no case notice")
    found.routed += ticket in seen.routed
    found.told += was_told and ticket in seen.routed
    found.uncertain += sum(one.state == UNCERTAIN for one in messages)
    lost, doubled = wrong(messages)
    found.lost += lost
    found.doubled += doubled


def _came(messages: list[Told], message: str) -> bool:
    mine = [one for one in messages if one.message == message]
    return any(one.arrived or one.state == UNCERTAIN for one in mine)
