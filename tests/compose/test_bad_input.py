"""Bad input by every channel while faults strike: no failure of ours but those that a fault explains.

Senders go through the table of bad input without end, citizens complain meanwhile, and one fault follows the other.
What is answered outside of every fault must be what the table says; within one, "come again" in words that programs
understand, or no answer at all where the fault took the door itself. The long form (`make proof`) strikes everybody.
"""

import itertools
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.audit import audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.compose import faults
from tests.compose.conftest import Numbers
from tests.compose.stack import EVERYTHING, SERVICES, Stack
from tests.support.bad_input import BAD_INPUT, MARK
from tests.support.bad_sending import Got, Proof, send
from tests.support.eventually import eventually

LONG = os.environ.get("TANGGAP_PROOF") == "long"
SHORT = (
    ("kill", "desk", 0),
    ("freeze", "postgres", 3),
    ("kill", "router", 0),
    ("kill", "proxy", 1),
    ("restart", "rabbitmq", 0),
)
STRIKES = (
    *SHORT,
    *(("kill", victim, 1) for victim in EVERYTHING),
    *(("freeze", victim, 5) for victim in EVERYTHING),
    *(("cut", victim, 4) for victim in EVERYTHING),
) if LONG else SHORT  # fmt: skip
SENDERS = 3
REST_SECONDS = 2
DOORS = {"proxy": "http", "mail": "mail"}
"""Whose absence is seen as no answer at all, and by whom."""


@dataclass(frozen=True)
class Window:
    """While a fault may be felt: from just before it until a complaint was taken again and everything is healthy."""

    kind: str
    victim: str
    began: float
    ended: float

    def covers(self, got: Got) -> bool:
        return got.began <= self.ended and got.ended >= self.began


@dataclass
class Attack:
    """The table, again and again, from a few threads that each begin elsewhere in it."""

    stack: Stack
    got: list[Got] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(60)

    def _send(self, number: int) -> None:
        proof = Proof(self.stack.secret("sms_token"), self.stack.secret("sms_webhook_keys").split(",")[0])
        begin = number * len(BAD_INPUT) // SENDERS
        for bad in itertools.cycle((*BAD_INPUT[begin:], *BAD_INPUT[:begin])):
            if self._enough.is_set():
                return
            self.got.append(send(self.stack, bad, proof))
            time.sleep(0.02)


def test_bad_input_while_faults_strike(stack: Stack, numbers: Numbers) -> None:
    stack.await_healthy()
    before = _restarts(stack)
    citizens = Citizens(stack, None, first=numbers(), channels=ALL, crowd=2, seconds=0.5)
    attack = Attack(stack)
    citizens.start()
    attack.start()
    try:
        time.sleep(REST_SECONDS)
        windows = [_struck(stack, kind, victim, hold) for kind, victim, hold in STRIKES]
        citizens.await_more(4)
    finally:
        attack.stop()
        citizens.stop()
    print(_report(attack.got, windows))
    _is_explained(attack.got, windows)
    assert {got.bad.name for got in attack.got if got.right} == {bad.name for bad in BAD_INPUT}
    _nothing_was_harmed(stack, citizens, before)


def _struck(stack: Stack, kind: str, victim: str, hold_seconds: float) -> Window:
    began = time.monotonic()
    faults.BY_KIND[kind](stack, victim, hold_seconds)
    stack.await_healthy(deadline_seconds=120)
    eventually(lambda: stack.session().get(f"{stack.desk_url}/login", timeout=5).status_code == 200, 60)
    eventually(lambda: stack.session().get(f"{stack.url}/track", timeout=5).status_code == 200, 60)
    window = Window(kind, victim, began, time.monotonic())
    time.sleep(REST_SECONDS)
    return window


def _is_explained(all_got: list[Got], windows: list[Window]) -> None:
    wrong = [got for got in all_got if not got.right]
    unexplained = [got for got in wrong if not any(window.covers(got) for window in windows)]
    assert unexplained == []
    unclear = [got for got in wrong if got.status and not got.says_come_again]
    assert unclear == [], "an answer that does not say to come again"
    silent = [got for got in wrong if not got.status and not any(_took_the_door(one, got) for one in windows)]
    assert silent == [], "no answer, though the door was there"


def _took_the_door(window: Window, got: Got) -> bool:
    by = "mail" if got.bad.channel == "mail" else "http"
    return window.covers(got) and DOORS.get(window.victim) == by


def _nothing_was_harmed(stack: Stack, citizens: Citizens, before: dict[str, int]) -> None:
    kills = Counter(victim for kind, victim, _ in STRIKES if kind == "kill" and victim in SERVICES)
    after = _restarts(stack)
    assert {name: after[name] - before[name] for name in SERVICES if after[name] != before[name]} == kills
    for table in ("complaints", "additions"):
        assert stack.rows("intake", f"SELECT count(*) FROM {table} WHERE text LIKE '%{MARK}%'") == [(0,)]
    found = audit_at_rest(stack, citizens.ledger, 60)
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])
    assert found.acknowledged >= len(ALL)


def _restarts(stack: Stack) -> dict[str, int]:
    return {name: int(container.attrs["RestartCount"]) for name, container in stack.containers().items()}


def _report(all_got: list[Got], windows: list[Window]) -> str:
    lines = [f"{len(all_got)} bad inputs, {len(windows)} faults"]
    for window in windows:
        felt = Counter(got.status for got in all_got if window.covers(got) and not got.right)
        lines.append(f"{window.kind} {window.victim}: {window.ended - window.began:.0f} s, {dict(felt)}")
    return "\n".join(lines)
