"""What people at the desk do meanwhile: forward, take, answer, give back, close. Their own list is the ledger."""

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.chaos.channels import NotYet, TurnedDown, words_of
from tests.chaos.desk_person import DeskPerson
from tests.chaos.target import Target

AGENCY, OFFICER, COORDINATOR = "DISHUB", "petugas.dishub", "koordinator"
ASSIGNED, ANSWERED, CLOSED, RETURNED = "assigned", "answered", "closed", "returned"
COUNTED = (ASSIGNED, ANSWERED, CLOSED, RETURNED)
SHOWN = (ASSIGNED, ANSWERED, CLOSED)
"""What citizens see of it."""
PATIENCE_SECONDS = 240.0
_LOOK_SECONDS = 1.0
_MOST_AT_ONCE = 10
_REVISION = re.compile(r'name="revision" value="(\d+)"')
_IN_STATE = "SELECT ticket FROM cases WHERE {} ORDER BY received_at LIMIT 100"
_TO_WORK_ON = _IN_STATE.format(f"agency = '{AGENCY}' AND state = 'forwarded' AND identity <> 'confidential'")
"""What the agency's head alone reads is not the officer's."""
_TO_FORWARD = _IN_STATE.format("state = 'triage'")
_EVENTS = (
    "SELECT c.ticket, e.act, count(*) FROM case_events e JOIN cases c ON c.complaint_id = e.complaint_id "
    f"WHERE e.act IN {COUNTED} GROUP BY c.ticket, e.act"
)
_SEEN_BY_CITIZENS = (
    "SELECT c.ticket, t.event, count(*) FROM timeline t JOIN complaints c ON c.complaint_id = t.complaint_id "
    "GROUP BY c.ticket, t.event"
)


@dataclass
class Acts:
    """By ticket and act: `done` was acknowledged; `open` was sent, and given up without an answer."""

    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    delays: int = 0
    conflicts: int = 0

    def kinds(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (_, act), count in self.done.items():
            found[act] += count
        return found


class Officers:
    """A coordinator and an officer of one agency, each in a thread, until `stop`."""

    def __init__(self, target: Target, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.acts = Acts()
        self._target = target
        self._patience_seconds = patience_seconds
        self._enough = threading.Event()
        self._numbers = itertools.count(1)
        self._returned: set[str] = set()
        shifts = ((COORDINATOR, _TO_FORWARD, self._forward), (OFFICER, _TO_WORK_ON, self._settle))
        self._threads = [threading.Thread(target=self._work, args=shift, daemon=True) for shift in shifts]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when what was begun is done, or given up."""
        self._enough.set()
        for thread in self._threads:
            thread.join(2 * self._patience_seconds)

    def _work(self, login: str, waiting: str, work: Callable[[DeskPerson, str], None]) -> None:
        person = DeskPerson(self._target, login)
        while not self._enough.wait(_LOOK_SECONDS):
            for ticket in self._waiting(waiting):
                if self._enough.is_set():
                    return
                try:
                    work(person, ticket)
                except NotYet:
                    self.acts.delays += 1
                except TurnedDown as error:
                    self.acts.refused.append(f"{ticket} {login}: {error}")

    def _waiting(self, statement: str) -> list[str]:
        """The first of them, asked past the desk; none while nobody answers."""
        try:
            return [str(row[0]) for row in self._target.rows("desk", statement)][:_MOST_AT_ONCE]
        except Exception:  # the database is struck: there is time
            return []

    def _forward(self, coordinator: DeskPerson, ticket: str) -> None:
        self._act(coordinator, ticket, "assign", {"agency": AGENCY, "reason": "Wewenang Dishub"}, ASSIGNED)

    def _settle(self, officer: DeskPerson, ticket: str) -> None:
        """Every fifth is given back once; of the others some are closed at once, some by an act of its own."""
        number = next(self._numbers)
        if number % 5 == 0 and ticket not in self._returned:
            self._returned.add(ticket)
            self._act(officer, ticket, "return", {"reason": f"Bukan wewenang kami ({number})"}, RETURNED)
            return
        at_once = number % 2 == 0
        answer = {"answer": f"Sudah kami kerjakan, nomor {number}."} | ({"close": "yes"} if at_once else {})
        if not self._act(officer, ticket, "answer", answer, ANSWERED, *([CLOSED] if at_once else [])):
            return
        if not at_once:
            self._act(officer, ticket, "close", {"reason": ""}, CLOSED)

    def _act(self, person: DeskPerson, ticket: str, path: str, form: dict[str, str], *acts: str) -> bool:
        """Sends the form until somebody says that it was done. When the case has changed it is read and sent anew."""
        sent, give_up_at = False, time.monotonic() + self._patience_seconds
        revision = _revision(person, ticket)
        while time.monotonic() < give_up_at:
            try:
                sent = True
                answer = person.post(f"/cases/{ticket}/{path}", {**form, "revision": revision})
            except NotYet:
                self.acts.delays += 1
                time.sleep(0.3)
                continue
            if answer.status_code == 303:
                self.acts.done.update((ticket, act) for act in acts)
                return True
            if answer.status_code != 409:
                raise TurnedDown(f"{path}: {answer.status_code} {words_of(answer.text)}")
            self.acts.conflicts += 1
            revision = _revision_of(answer.text)
        if sent:
            self.acts.open.update((ticket, act) for act in acts)
        return False


def audit_acts(target: Target, acts: Acts) -> list[str]:
    """What is wrong: an act that was acknowledged is in the timeline exactly as often, at the desk and for citizens."""
    at_desk = {(str(ticket), str(act)): int(count) for ticket, act, count in target.rows("desk", _EVENTS)}
    seen: Counter[tuple[str, str]] = Counter()
    for ticket, event, count in target.rows("intake", _SEEN_BY_CITIZENS):
        seen[str(ticket), str(event).partition(".")[0]] += int(count)
    return list(_differences(acts, at_desk, seen))


def _differences(acts: Acts, at_desk: dict[tuple[str, str], int], seen: Counter[tuple[str, str]]) -> Iterator[str]:
    worked_on = {ticket for ticket, _ in (*acts.done, *acts.open)}
    for ticket in sorted(worked_on):
        for act in COUNTED:
            key = (ticket, act)
            least, most, there = acts.done[key], acts.done[key] + acts.open[key], at_desk.get(key, 0)
            if not least <= there <= most:
                yield f"{ticket}: {act} acknowledged {least} times, {there} times in the case's timeline"
            if act in SHOWN and seen[key] != there:
                yield f"{ticket}: {act} {there} times at the desk, {seen[key]} times in the citizen's timeline"


def _revision(person: DeskPerson, ticket: str) -> str:
    answer = person.get(f"/cases/{ticket}")
    if answer.status_code != 200:
        raise TurnedDown(f"the case is not shown: {answer.status_code} {words_of(answer.text)}")
    return _revision_of(answer.text)


def _revision_of(page: str) -> str:
    found = _REVISION.search(page)
    if found is None:
        raise TurnedDown(f"no form: {words_of(page)}")
    return found[1]
