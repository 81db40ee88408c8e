"""The desk's questions to the other services, over real loopback HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import request

from services.desk.adapters import CapturedMessage, IntakeContacts, NotifierCaptured
from services.desk.cases.reveal import Contact
from shared.errors import Refused, Transient
from shared.observability.metrics import Metrics
from shared.web.base import create_web
from shared.web.internal import InternalClient, internal_blueprint
from shared.web.server import WebServer

TOKEN = "t" * 40
ASKED = {"complaint_id": "c1", "actor": "koordinator", "role": "coordinator", "reason": "perlu"}
MESSAGE = {
    "delivery_id": "d1", "complaint_id": "c1", "ticket": "CMH-1", "message": "receipt", "recipient": "citizen",
    "assignment": 0, "channel": "sms", "at": "2026-11-24T02:15:00+00:00", "subject": None, "text": "Diterima.",
}  # fmt: skip


class OtherService:
    """Answers `answer` with `status` and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.status = 200
        self.asked: list[Any] = []
        app = create_web("tests", service="other", metrics=Metrics())
        blueprint = internal_blueprint("other", TOKEN)
        blueprint.add_url_rule("/contacts/reveal", "reveal", self._reply, methods=["POST"])
        blueprint.add_url_rule("/captured", "captured", self._reply)
        app.register_blueprint(blueprint)
        self.server = WebServer(app, "127.0.0.1", 0)
        self.client = InternalClient(self.server.url, TOKEN, timeout_seconds=2)

    def _reply(self) -> Any:
        self.asked.append(request.get_json(silent=True))
        if self.status >= 400:
            raise Refused("no", code="no", status=self.status)
        return self.answer


@pytest.fixture
def other() -> Iterator[OtherService]:
    service = OtherService()
    service.server.start()
    yield service
    service.server.stop()


def test_a_contact_comes_as_intake_knows_it(other: OtherService) -> None:
    other.answer = {"email": "budi@contoh.id", "phone": None, "name": "Budi", "more": 1}
    assert IntakeContacts(other.client).reveal(**ASKED) == Contact("budi@contoh.id", "", "Budi")
    assert other.asked == [ASKED]


def test_a_contact_that_is_gone_is_none_and_a_service_that_is_away_is_told_apart(other: OtherService) -> None:
    other.status = 404
    assert IntakeContacts(other.client).reveal(**ASKED) is None
    other.status = 503
    with pytest.raises(Transient):
        IntakeContacts(other.client).reveal(**ASKED)


def test_captured_messages_come_as_the_notifier_lists_them(other: OtherService) -> None:
    other.answer = {"captured": [MESSAGE, "nonsense"]}
    assert NotifierCaptured(other.client).latest() == [
        CapturedMessage("d1", "CMH-1", "receipt", "citizen", "sms", "2026-11-24T02:15:00+00:00", "", "Diterima.")
    ]
    other.answer = {"other": 1}
    assert NotifierCaptured(other.client).latest() == []


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_notifier_that_says_no_is_away(other: OtherService, status: int) -> None:
    other.status = status
    with pytest.raises(Transient):
        NotifierCaptured(other.client).latest()


def test_nobody_there_is_away() -> None:
    client = InternalClient("http://127.0.0.1:9", TOKEN, timeout_seconds=1)
    with pytest.raises(Transient):
        NotifierCaptured(client).latest()
    with pytest.raises(Transient):
        IntakeContacts(client).reveal(**ASKED)
