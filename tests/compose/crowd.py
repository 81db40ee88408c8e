"""Citizens and a mail server who insist until their complaint was taken, and what became of it, counted by SQL."""

import itertools
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import requests

from tests.compose.stack import Stack
from tests.support.eventually import eventually

TEXTS = ("Sampah menumpuk di TPS tidak diangkut", "Lampu PJU mati di gang kami, gelap sekali")
GIVE_UP_SECONDS = 150
PAUSE_SECONDS = 1.0

FATES = """
SELECT substring(c.text FROM 'laporan nomor (\\d+)'), c.ticket,
       (SELECT count(*) FROM router.decisions d WHERE d.ticket = c.ticket AND d.outcome = 'routed'),
       (SELECT count(*) FROM desk.cases k WHERE k.ticket = c.ticket),
       (SELECT count(*) FROM notifier.deliveries n
         WHERE n.ticket = c.ticket AND n.message = 'receipt' AND n.state = 'captured'),
       (SELECT count(*) FROM notifier.deliveries n
         WHERE n.ticket = c.ticket AND n.message = 'case_notice' AND n.state = 'captured')
  FROM intake.complaints c WHERE c.text LIKE '%laporan nomor %'
"""
UNDER_WAY = """
SELECT count(*) FROM (
    SELECT 1 FROM {owner}.outbox WHERE published_at IS NULL
    UNION ALL SELECT 1 FROM {owner}.inbox WHERE state <> 'done'
) waiting
"""


@dataclass(frozen=True)
class Fate:
    """How often one complaint left its mark in each service: once everywhere is right."""

    number: int
    ticket: str
    decisions: int
    cases: int
    receipts: int
    notices: int

    @property
    def right(self) -> bool:
        return (self.decisions, self.cases, self.receipts, self.notices) == (1, 1, 1, 1)


def fates(stack: Stack) -> list[Fate]:
    return [Fate(*row) for row in stack.rows("intake", FATES)]


def waiting(stack: Stack) -> dict[str, int]:
    """What each service still has to say or to do (dead letters included), and notices not yet given out."""
    counts = {owner: stack.rows(owner, UNDER_WAY.format(owner=owner))[0][0] for owner in
              ("intake", "router", "notifier", "desk")}  # fmt: skip
    unsent = stack.rows("notifier", "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')")
    return {**counts, "deliveries": unsent[0][0]}


class Crowd:
    """Three citizens at the API and one who writes mails, one complaint after the other until `stop`."""

    def __init__(self, stack: Stack) -> None:
        self.tickets: dict[int, str] = {}
        """By the complaint's number what its sender was told; by mail that is nothing but that it was taken."""
        self.refused: list[str] = []
        self._stack = stack
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(first, act), daemon=True)
            for first, act in enumerate((self._by_api, self._by_api, self._by_api, self._by_mail))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when what was begun has been taken, or given up."""
        self._enough.set()
        for thread in self._threads:
            thread.join(GIVE_UP_SECONDS * 2)

    def await_more(self) -> None:
        """Until one more of them was taken."""
        before = len(self.tickets)
        eventually(lambda: len(self.tickets) > before, 30, describe=self._stack.describe)

    def _send(self, first: int, act: Callable[[int, str], str | None]) -> None:
        for number in itertools.count(first, len(self._threads)):
            give_up_at = time.monotonic() + GIVE_UP_SECONDS
            words = f"{TEXTS[number % len(TEXTS)]}, laporan nomor {number}"
            while (ticket := act(number, words)) is None:
                if time.monotonic() > give_up_at:
                    self.refused.append(f"{number}: not taken in time")
                    return
                time.sleep(0.3)
            self.tickets[number] = ticket
            if self._enough.wait(PAUSE_SECONDS):
                return

    def _by_api(self, number: int, words: str) -> str | None:
        try:
            answer = self._stack.submit(
                words, key=f"crowd-{number}", contact={"email": f"c{number}@example.org"}, timeout=5
            )
        except requests.RequestException:
            return None
        if answer.status_code == 201:
            return str(answer.json()["ticket"])
        if answer.status_code < 500:
            self.refused.append(f"{number}: {answer.status_code} {answer.text[:200]}")
            return ""
        return None

    def _by_mail(self, number: int, words: str) -> str | None:
        try:
            self._stack.send_mail(f"m{number}@example.org", "Laporan", words, f"<crowd-{number}@example.org>")
        except (OSError, smtplib.SMTPException):
            return None
        return ""
