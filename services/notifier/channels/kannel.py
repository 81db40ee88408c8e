"""Text messages by Kannel's sendsms interface: one GET a message, answered 202 when the gateway took it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from services.notifier.channels.dialling import dial_anywhere
from services.notifier.channels.http_calls import Answer, HttpCalls, Limits, NoAnswer
from services.notifier.delivery import FAILED, PENDING, SENT, UNCERTAIN, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Letter, Sms
from shared.observability.masking import mask
from shared.reply_marks import report_signature

GATEWAY_LIMITS = Limits(total_seconds=30.0, step_seconds=20.0)
_TRY_LATER = (429, 503)  # the gateway says of itself that it did not take the message
_ANSWER_SIGNS = 300
_ALL_REPORTS = "31"  # delivered 1, failed 2, buffered 4, accepted by the network 8, refused by it 16


@dataclass(frozen=True)
class ReportAddress:
    """Where the gateway reports what became of a message. `base` is intake's address as the gateway reaches it."""

    base: str
    keys: Sequence[str]

    def of(self, delivery_id: str) -> str:
        """With Kannel's own marks for the kind of report and the network's answer in it."""
        named = f"delivery={quote(delivery_id)}&sign={report_signature(self.keys, delivery_id)}"
        return f"{self.base.rstrip('/')}/sms/kannel/report?{named}&type=%d&answer=%A"


class KannelGateway:
    """`url` is the gateway's address with what it wants for a login (`?username=…&password=…`).

    With `reports` the gateway is asked to tell what became of each message; one that is no Kannel ignores that.
    """

    via = "kannel"
    repeatable = False

    def __init__(self, url: str, reports: ReportAddress | None = None, *, limits: Limits = GATEWAY_LIMITS) -> None:
        self._url, self._reports = url, reports
        self._http = HttpCalls(dial_anywhere, limits)

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Sms)
        fields = {"from": letter.sender, "to": letter.to, "text": letter.text, "charset": "UTF-8", "coding": "0"}
        if self._reports is not None:
            fields |= {"dlr-mask": _ALL_REPORTS, "dlr-url": self._reports.of(delivery.delivery_id)}
        try:
            answer = self._http.call("GET", self._url, params=fields)
        except NoAnswer as problem:
            return without_answer(problem)
        return refused(answer) or Outcome(SENT, "accepted", shown(answer))

    def close(self) -> None:
        self._http.close()


def refused(answer: Answer) -> Outcome | None:
    """How an attempt ended that a gateway did not answer with success; also for gateways of another make."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in _TRY_LATER:
        return Outcome(PENDING, f"refused_{status}", shown(answer), away=Away.CHANNEL)
    if 300 <= status < 500:
        return Outcome(FAILED, f"refused_{status}", shown(answer))
    return Outcome(UNCERTAIN, f"answered_{status}", shown(answer))


def without_answer(problem: NoAnswer) -> Outcome:
    """Only what was never sent is sure not to have arrived."""
    if problem.has_sent:
        return Outcome(UNCERTAIN, "no_answer", problem.about, away=Away.CHANNEL)
    return Outcome(PENDING, "gateway_away", problem.about, away=Away.CHANNEL)


def shown(answer: Answer) -> str:
    return mask(f"{answer.status} {' '.join(answer.text.split())}"[:_ANSWER_SIGNS])
