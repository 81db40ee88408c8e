"""Agencies' webhooks and a gateway for text messages, both with bad days.

A webhook stands before the example receiver that agencies are given: what comes is counted, handed on to it, and then
the answer goes wrong. The gateway sends text messages, and reports on them too early, twice, or under a wrong id.
"""

import contextlib
import json
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit

import requests

from tests.chaos.agencies.receipts import Moods, Receipts
from tests.support.http_sink import Answer, HttpSink, Request

HOOK_FAULTS = (
    "hang", "garbage", "busy_429", "busy_429", "error_500", "error_503", "drop_before", "drop_after", "drop_after",
    "redirect", "refuse_400",
)  # fmt: skip
SMS_FAULTS = (
    "busy_503", "busy_503", "error_500", "hang", "drop", "report_early", "report_early", "report_twice",
    "report_twice", "report_unknown", "refuse_403", "report_failed",
)  # fmt: skip
_LATER = (("Retry-After", "2"),)
_INSTEAD = {
    "busy_429": Answer(429, headers=_LATER),
    "error_503": Answer(503, headers=_LATER),
    "drop_before": Answer(drop=True),
    "redirect": Answer(302, headers=(("Location", "http://127.0.0.1:1/inner"),)),
    "refuse_400": Answer(400),
}
"""Answers without having taken it."""
_HANG_SECONDS = 12.0
_TICKET = re.compile(r"CMH-\w{4}-\w{4}")


class Webhook:
    """One agency's door. `receiver_url` is the real receiver behind it."""

    def __init__(self, receipts: Receipts, seed: int, receiver_url: str) -> None:
        self.sink = HttpSink()
        self.moods = Moods(seed, HOOK_FAULTS)
        self._receipts = receipts
        self._receiver_url = receiver_url
        self.sink.answer_by(self._take)

    @property
    def url(self) -> str:
        return f"{self.sink.url}/cases"

    def _take(self, request: Request) -> Answer:
        mood = self.moods.draw()
        if mood:
            self._receipts.struck(f"webhook {mood}")
        if mood in _INSTEAD:
            return _INSTEAD[mood]
        given = self._hand_on(request)
        if mood == "hang":
            time.sleep(_HANG_SECONDS)
        if mood in ("hang", "drop_after"):
            return Answer(drop=True)
        if mood == "error_500":
            return Answer(500, b"half done")
        return Answer(given, b"\xff\xfe<garbage" if mood == "garbage" else b"")

    def _hand_on(self, request: Request) -> int:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        try:
            answer = requests.post(self._receiver_url, data=request.body, headers=headers, timeout=5)
        except requests.RequestException:
            return 503
        if answer.ok:
            self._receipts.keep("webhook", request.headers["webhook-id"], str(json.loads(request.body)["subject"]))
        return answer.status_code


class Gateway:
    """Speaks as Kannel's `sendsms` does."""

    def __init__(self, receipts: Receipts, seed: int) -> None:
        self.sink = HttpSink()
        self.moods = Moods(seed, SMS_FAULTS)
        self._receipts = receipts
        self.sink.answer_by(self._take)

    @property
    def url(self) -> str:
        return f"{self.sink.url}/cgi-bin/sendsms?username=t&password=t"

    def _take(self, request: Request) -> Answer:
        report_url = request.query["dlr-url"]
        key = parse_qs(urlsplit(report_url).query)["delivery"][0]
        mood = self.moods.draw()
        if mood:
            self._receipts.struck(f"sms {mood}", key, blurs=mood in ("error_500", "hang", "drop"))
        if mood in ("busy_503", "refuse_403"):
            return Answer(int(mood[-3:]))
        if mood == "error_500":
            return Answer(500)
        self._receipts.keep("sms", key, _TICKET.search(request.query["text"])[0])  # type: ignore[index]
        if mood == "hang":
            time.sleep(_HANG_SECONDS)
            return Answer(drop=True)
        if mood == "drop":
            return Answer(drop=True)
        if mood == "report_early":
            self._report(report_url, 1)
            return Answer(202, b"0: Accepted for delivery")
        kinds = {"report_twice": (1, 1), "report_failed": (2,)}.get(mood, (8, 1))
        other = report_url.replace(key, "00000000-0000-7000-8000-000000000000")
        threading.Thread(
            target=self._report_later, args=(other if mood == "report_unknown" else report_url, kinds), daemon=True
        ).start()
        return Answer(202, b"0: Accepted for delivery")

    def _report_later(self, url: str, kinds: tuple[int, ...]) -> None:
        for kind in kinds:
            time.sleep(0.3)
            self._report(url, kind)

    def _report(self, url: str, kind: int) -> None:
        with contextlib.suppress(requests.RequestException):
            requests.get(url.replace("%d", str(kind)).replace("%A", "told"), timeout=5)
