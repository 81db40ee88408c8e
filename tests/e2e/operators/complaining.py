"""A complaint that has come to rest in every service, so that what a test plants is all that is wrong."""

import itertools
import time

from tests.chaos.audit import at_rest, unfinished
from tests.support.eventually import eventually
from tests.support.system import OWNERS, System

PJU = "PJU mati di Jalan Baros sejak Senin, gelap sekali, hubungi 081234567890"
ALL = ("--older-than", "0")
"""Also what has only just come."""
_numbers = itertools.count(1)
_STILL_SECONDS = 0.3
"""A published message that nobody has taken yet stands in no table; consumers gather for a third of that at most."""


def anew(words: str) -> str:
    """Words that nobody has said before: the same of the same citizen are the same complaint."""
    return f"{words} {next(_numbers):04}"


def complain(system: System, body: str = PJU) -> tuple[str, str]:
    """(ticket, complaint id) of a new complaint that has come to rest."""
    answer = system.submit(anew(body), contact={"email": "warga@example.org"})
    assert answer.status_code == 201, answer.text
    ticket = answer.json()["ticket"]
    complaint_id = system.rows("intake", f"SELECT complaint_id FROM complaints WHERE ticket = '{ticket}'")[0][0]
    opened = f"SELECT count(*) FROM cases WHERE ticket = '{ticket}'"
    told = f"SELECT count(*) FROM deliveries WHERE ticket = '{ticket}' AND message = 'receipt'"
    eventually(lambda: system.rows("desk", opened) == system.rows("notifier", told) == [(1,)], 15)
    rest(system)
    return ticket, complaint_id


def rest(system: System) -> None:
    eventually(lambda: _is_still(system), 20, describe=lambda: unfinished(system) + system.describe())


def _is_still(system: System) -> bool:
    if not at_rest(system):
        return False
    heard = _heard(system)
    time.sleep(_STILL_SECONDS)
    return heard == _heard(system) and at_rest(system)


def _heard(system: System) -> list[int]:
    return [system.rows(owner, "SELECT count(*) FROM inbox")[0][0] for owner in OWNERS]


def message_id(system: System, owner: str, complaint_id: str, key: str) -> str:
    statement = f"SELECT message_id FROM outbox WHERE subject = '{complaint_id}' AND routing_key = '{key}'"
    return str(system.rows(owner, statement)[0][0])


def notices(system: System, ticket: str) -> list[tuple[str, str]]:
    first = f"ticket = '{ticket}' AND message NOT LIKE '%.%'"  # those wait for what else happens
    statement = f"SELECT message, recipient FROM deliveries WHERE {first} ORDER BY message, recipient"
    return [(row[0], row[1]) for row in system.rows("notifier", statement)]
