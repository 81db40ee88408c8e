"""Whole lives of complaints, as those meet the system who take part: a citizen and the agency's own system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from tests.bench.open_loop import Answer, Ask, Conversation, request

THINKING_SECONDS = 1.0


@dataclass(frozen=True)
class Forwarded:
    """Words of a complaint with a place for a number, and tokens of the agency to which the rules forward it."""

    words: str
    tokens: tuple[str, ...]


@dataclass
class Book:
    """What the clients saw. `finished`: tickets of cases that were closed, `accepted`: all that got one."""

    answers: list[Answer] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    not_yet: int = 0
    """How often an agency asked for a case that was not at the desk yet."""


@dataclass(frozen=True)
class Lives:
    """Of complaints, one conversation each."""

    intake_port: int
    desk_port: int
    kinds: tuple[Forwarded, ...]
    book: Book
    mark: str
    """So that no text of one run is one of another."""

    def live(self, number: int) -> Conversation:
        kind = self.kinds[number % len(self.kinds)]
        token = kind.tokens[number // len(self.kinds) % len(kind.tokens)]
        said = {"text": f"{kind.words.format(n=number)} ({self.mark})", "contact": {"email": f"w{number}@example.org"}}
        key = f"{self.mark}-{number}"
        sent = request("POST", "/api/v1/complaints", said, Idempotency_Key=key)
        answer = yield Ask("complain", self.intake_port, sent)
        self.book.answers.append(answer)
        if answer.status != 201:
            if not is_turned_away(answer):
                self.book.errors[f"complain {answer.status}"] += 1
            return
        receipt = answer.json()
        ticket = receipt["ticket"]
        self.book.accepted[ticket] = receipt["tracking_code"]
        for step in self._steps(ticket, receipt["tracking_code"], token):
            if not (yield from self._insist(step)):
                return
        self.book.finished.add(ticket)

    def _steps(self, ticket: str, code: str, token: str) -> Iterator[Ask]:
        path, bearer = f"/api/agency/v1/cases/{ticket}", f"Bearer {token}"
        acts = {
            "answer": {"text": "Sudah ditangani pagi ini oleh petugas kami di lapangan. Terima kasih atas laporannya."},
            "close": {"reason": "Selesai."},
        }
        yield Ask("open", self.desk_port, request("GET", path, Authorization=bearer), THINKING_SECONDS)
        for name, said in acts.items():
            headers = {"Authorization": bearer, "Idempotency_Key": f"{ticket}-{name}"}
            yield Ask(name, self.desk_port, request("POST", f"{path}/{name}", said, **headers), THINKING_SECONDS)
        status = request("GET", f"/api/v1/complaints/{ticket}", X_Tracking_Code=code)
        yield Ask("status", self.intake_port, status, THINKING_SECONDS)

    def _insist(self, ask: Ask) -> Generator[Ask, Answer, bool]:
        """Whether it was done in the end."""
        while True:
            answer = yield ask
            self.book.answers.append(answer)
            if answer.status == 200:
                return True
            if answer.status == 404 and ask.step == "open":
                self.book.not_yet += 1
                wait = THINKING_SECONDS
            elif is_turned_away(answer):
                wait = float(answer.retry_after or 1)
            else:
                self.book.errors[f"{ask.step} {answer.status}"] += 1
                return False
            ask = Ask(ask.step, ask.port, ask.request, wait)


def is_turned_away(answer: Answer) -> bool:
    return answer.status == 503 and answer.retry_after is not None
