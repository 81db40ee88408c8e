"""What arrived at those it was for, counted by the key that each message carries: raw, past the code under test."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.chaos.target import Target
from tests.support.mailbox import Mail

NOTICE, RECEIPT = "case_notice", "receipt"
SENT = frozenset({"sent", "delivered", "captured"})
UNCERTAIN = "uncertain"
_KEY = re.compile(rb"(?mi)^Message-ID:\s*<([0-9a-f-]{36})\.")
_SHORT = re.compile(r"-([0-9a-f]{12})\.(?:eml|json)$")
_ROWS = "SELECT delivery_id, ticket, message, recipient, assignment, state FROM deliveries"


@dataclass(frozen=True)
class Told:
    """One message to one recipient: what the notifier says of it, and how often it really arrived."""

    key: str
    ticket: str
    message: str
    recipient: str
    assignment: int
    state: str
    arrived: int

    @property
    def name(self) -> str:
        return f"{self.ticket}: {self.message} to {self.recipient} ({self.state})"


def keys_of_mails(mails: Iterable[Mail]) -> Counter[str]:
    """A mail without a key of ours is counted under none."""
    found = (_KEY.search(mail.content) for mail in mails)
    return Counter(match[1].decode() for match in found if match)


def told(target: Target, arrived: Counter[str]) -> tuple[dict[str, list[Told]], list[str]]:
    """By ticket, and the keys that nobody knows. `arrived` counts by key what is no captured notice."""
    captured: Counter[str] = Counter()
    for name in target.notice_names():
        match = _SHORT.search(name)
        if match:
            captured[match[1]] += 1
    by_ticket: dict[str, list[Told]] = defaultdict(list)
    known: set[str] = set()
    for key, ticket, message, recipient, assignment, state in target.rows("notifier", _ROWS):
        count = arrived[key] + captured[str(key).replace("-", "")[-12:]]
        by_ticket[str(ticket)].append(Told(key, str(ticket), message, recipient, int(assignment), state, count))
        known.add(key)
    return by_ticket, sorted(set(arrived) - known)


def wrong(messages: Sequence[Told]) -> tuple[list[str], list[str]]:
    """What was said to be sent and never arrived, and what arrived twice. Of an uncertain one nothing is promised
    but that it did not come twice."""
    lost = [f"{one.name} never arrived" for one in messages if one.state in SENT and not one.arrived]
    doubled = [f"{one.name} arrived {one.arrived} times" for one in messages if one.arrived > 1]
    return lost, doubled
