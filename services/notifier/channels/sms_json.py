"""Text messages by a gateway of any make that takes signed JSON.

    POST URL {"id", "to", "from", "text", "report_url"?}, header Idempotency-Key
    -> 2xx {"id": the gateway's own}
    GET URL/ID, if the gateway can tell
    -> 200 {"status": "accepted" | "delivered" | "failed" | "unknown", "reason"?}

Both carry X-Tanggap-Timestamp and X-Tanggap-Signature as messages to `/sms/generic` do: `sha256=` and the HMAC-SHA256,
in hexadecimal digits, of the timestamp, a dot and the body. Of a question it is the id that stands for the body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from services.notifier.channels.dialling import dial_anywhere
from services.notifier.channels.http_calls import Answer, HttpCalls, Limits, NoAnswer
from services.notifier.channels.kannel import GATEWAY_LIMITS, refused, shown, without_answer
from services.notifier.delivery import DELIVERED, FAILED, PENDING, SENT, UNCERTAIN, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Letter, Sms
from shared.clock import Clock, SystemClock

_REASON = re.compile(r"[a-z0-9_-]{1,64}", re.IGNORECASE)


class JsonGateway:
    """`report_url`: where the gateway is to report what became of a message; empty: nowhere.

    Not repeatable: whether a gateway heeds the `Idempotency-Key` is not known.
    """

    via = "sms_json"
    repeatable = False

    def __init__(
        self, url: str, key: str, *, report_url: str = "", limits: Limits = GATEWAY_LIMITS, clock: Clock | None = None
    ) -> None:
        self._url, self._key, self._report_url = url, key, report_url
        self._clock = clock or SystemClock()
        self._http = HttpCalls(dial_anywhere, limits)

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Sms)
        message = {"id": delivery.delivery_id, "to": letter.to, "from": letter.sender, "text": letter.text}
        if self._report_url:
            message["report_url"] = self._report_url
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": delivery.delivery_id}
        try:
            answer = self._http.call("POST", self._url, headers=headers | self._signed(body), body=body)
        except NoAnswer as problem:
            return without_answer(problem)
        no = refused(answer)
        if no is not None:
            return no
        if not _own_id(answer):
            return Outcome(UNCERTAIN, "unreadable_answer", shown(answer), away=Away.CHANNEL)
        return Outcome(SENT, "accepted", shown(answer))

    def ask(self, delivery: Delivery) -> Outcome | None:
        """What became of a message whose end nobody saw; None when the gateway does not say.

        `pending`: it says that it never had it.
        """
        reference = delivery.delivery_id
        parts = urlsplit(self._url)
        url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{quote(reference, safe='')}"))
        try:
            answer = self._http.call("GET", url, headers=self._signed(reference.encode()))
        except NoAnswer:
            return None
        fields = _fields(answer)
        status, reason = fields.get("status"), str(fields.get("reason") or "")
        told = {
            "accepted": (SENT, "accepted"),
            "delivered": (DELIVERED, "delivered"),
            "failed": (FAILED, reason if _REASON.fullmatch(reason) else "undelivered"),
            "unknown": (PENDING, "gateway_never_had_it"),
        }.get(status if isinstance(status, str) else "")
        return Outcome(*told, shown(answer)) if told else None

    def close(self) -> None:
        self._http.close()

    def _signed(self, said: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        digest = hmac.new(self._key.encode(), timestamp.encode() + b"." + said, hashlib.sha256).hexdigest()
        return {"X-Tanggap-Timestamp": timestamp, "X-Tanggap-Signature": f"sha256={digest}"}


def _own_id(answer: Answer) -> str:
    own = _fields(answer).get("id")
    return str(own) if isinstance(own, str | int) and not isinstance(own, bool) else ""


def _fields(answer: Answer) -> Mapping[str, Any]:
    """Nothing for what is no JSON object, or an answer that is no success and no plain "unknown"."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    usable = isinstance(value, dict) and (answer.status // 100 == 2 or answer.status == 404)
    return value if usable else {}
