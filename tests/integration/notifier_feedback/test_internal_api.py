"""What the desk and commands ask the notifier: over its internal API, as the desk's own client asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifier.channels.capture import CaptureFolder
from services.notifier.delivery import CITIZEN, Delivery
from services.notifier.sending.breaker import Destination
from services.notifier.trial import Trial
from services.notifier.views import internal_api
from services.notifier.way_out import Outcome
from services.notifier.writing.letters import Document, Letter, Mail, Sms
from shared.errors import Rejected
from shared.web.base import create_web
from tests.integration.notifier_feedback.world import World, bounce, report

TOKEN = "t" * 40
BY = {"actor": "operator", "role": "operator", "reason": "alamat sudah benar"}


@dataclass(frozen=True)
class Shown:
    message: str = "receipt"
    channel: str = "sms"
    language: str = "id"
    subject: str = ""
    text: str = "Laporan diterima. " * 12
    html: str = ""


@dataclass
class Remembering:
    """A way out that answers as told."""

    via: str = "fake"
    repeatable: bool = True
    outcome: Outcome = field(default_factory=lambda: Outcome("sent", "accepted", "250 ok"))
    sent: list[tuple[Delivery, Letter]] = field(default_factory=list)

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        self.sent.append((delivery, letter))
        return self.outcome

    def close(self) -> None: ...


@dataclass
class Asker:
    """Asks as `InternalClient` does, without a server between."""

    web: FlaskClient
    token: str = TOKEN

    def get(self, path: str) -> Any:
        return self._read(self.web.get(f"/internal{path}", headers=self._headers()))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._read(self.web.post(f"/internal{path}", json=body, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @staticmethod
    def _read(answer: TestResponse) -> Any:
        if answer.status_code >= 400:
            raise Rejected(answer.text, code=answer.get_json()["code"])
        return answer.get_json()


@pytest.fixture
def out() -> Remembering:
    return Remembering()


@pytest.fixture
def client(world: World, out: Remembering, tmp_path: Path) -> Asker:
    ways = {"email": out, "sms": out, "webhook": out, "amqp": None}
    since = world.clock.now() - timedelta(minutes=5)
    away = [Destination("webhook:DISHUB", "open", since, 4, "http_503", since + timedelta(minutes=6))]
    app = create_web("tests", service="notifier", metrics=world.spine.metrics)
    trial = Trial(world.spine, ways, "Kota Cimahi", "Tanggap <tanggap@cimahi.example>", "1234")
    app.register_blueprint(
        internal_api(
            world.spine, CaptureFolder(tmp_path), TOKEN, trial=trial, previews=lambda: [Shown()],
            destinations=lambda: away,
        )
    )  # fmt: skip
    return Asker(app.test_client())


def test_the_list_pages_by_id_and_filters(world: World, client: Asker) -> None:
    ids = [world.sent(f"c{number}") for number in range(5)]
    failed = world.sent("c9", recipient="BPBD", state="failed", reason="dsn_5_1_1")
    waiting = world.sent("c8", recipient=CITIZEN, state="pending", channel="sms", last_problem="http_503", reason="")

    def ask(query: str) -> list[str]:
        return [row["delivery_id"] for row in client.get(f"/deliveries/newest?{query}")["deliveries"]]

    everything = ask("")
    assert everything == sorted([*ids, failed, waiting], reverse=True)
    assert ask("state=failed") == ask("recipient=BPBD") == ask("reason=dsn_5_1_1") == [failed]
    assert ask("reason=http_503") == ask("channel=sms&state=pending") == ask("complaint_id=c8") == [waiting]
    page = client.get("/deliveries/newest?limit=3")
    rest = client.get(f"/deliveries/newest?limit=4&before={page['next']}")
    assert [row["delivery_id"] for row in [*page["deliveries"], *rest["deliveries"]]] == everything
    assert rest["next"] == ""
    world.clock.advance(timedelta(days=40).total_seconds())
    assert ask("") == []
    assert len(ask("days=60")) == 7


@pytest.mark.parametrize("query", ["state=lost", "days=0", "days=x", "limit=-1", "limit=1001"])
def test_a_query_that_makes_no_sense_is_refused(client: Asker, query: str) -> None:
    with pytest.raises(Rejected) as caught:
        client.get(f"/deliveries/newest?{query}")
    assert caught.value.code == "malformed_query"


def test_counts_by_state_and_channel_with_everything_that_waits(world: World, client: Asker) -> None:
    long_ago = world.clock.now() - timedelta(days=8)
    world.sent("old", planned_at=long_ago)
    world.sent("old-and-waiting", state="pending", finished_at=None, planned_at=long_ago)
    world.sent("c1")
    found = client.get("/deliveries/counts")["counts"]
    assert {(one["state"], one["channel"]): one["number"] for one in found} == {
        ("pending", "email"): 1, ("sent", "email"): 1,
    }  # fmt: skip


def test_the_story_of_one(world: World, client: Asker) -> None:
    sent = world.sent()
    world.hear(bounce(sent))
    story = client.get(f"/deliveries/{sent}")
    assert (story["state"], story["data"]["text"], story["suppressed"]) == ("pending", "Jalan berlubang", ["email"])
    assert [(one["reason"], one["effect"]) for one in story["reports"]] == [("dsn_5_1_1", "failed_over")]
    assert "recipient_key" not in story
    with pytest.raises(Rejected) as caught:
        client.get("/deliveries/nobody")
    assert caught.value.code == "no_such_delivery"


def test_sent_again_and_cancelled_each_with_its_audit_row(world: World, client: Asker) -> None:
    failed = world.sent(state="failed", reason="dsn_4_4_7")
    client.post(f"/deliveries/{failed}/retry", BY)
    assert world.row(failed)["state"] == "pending"
    client.post(f"/deliveries/{failed}/cancel", BY)
    assert (world.row(failed)["state"], world.row(failed)["reason"]) == ("skipped", "cancelled")
    with pytest.raises(Rejected) as caught:
        client.post(f"/deliveries/{failed}/cancel", BY)
    assert caught.value.code == "not_cancellable"
    acts = client.get(f"/deliveries/{failed}")["acts"]
    assert [(one["act"], one["actor"]) for one in acts] == [
        ("delivery.retry", "operator"), ("delivery.cancel", "operator"),
    ]  # fmt: skip


@pytest.mark.parametrize("channel", ["email", "sms", "webhook"])
def test_what_may_have_arrived_is_sent_again_only_by_who_is_sure(world: World, client: Asker, channel: str) -> None:
    uncertain = world.sent(state="uncertain", channel=channel)
    if channel != "webhook":  # whose receivers remove doubles
        assert client.get(f"/deliveries/{uncertain}")["may_arrive_twice"] is True
        with pytest.raises(Rejected) as caught:
            client.post(f"/deliveries/{uncertain}/retry", {**BY, "sure": "yes"})
        assert caught.value.code == "may_arrive_twice"
        assert world.row(uncertain)["state"] == "uncertain"
    client.post(f"/deliveries/{uncertain}/retry", {**BY, "sure": channel != "webhook"})
    assert world.row(uncertain)["state"] == "pending"


@pytest.mark.parametrize("missing", list(BY))
def test_nobody_acts_without_name_role_and_reason(world: World, client: Asker, missing: str) -> None:
    failed = world.sent(state="failed")
    with pytest.raises(Rejected) as caught:
        client.post(f"/deliveries/{failed}/retry", {**BY, missing: " "})
    assert caught.value.code == "missing_field"
    assert world.row(failed)["state"] == "failed"


def test_alerts_and_suppressions_are_shown_and_settled(world: World, client: Asker) -> None:
    world.hear(bounce(world.sent()))
    (alert,) = client.get("/alerts")["alerts"]
    assert (alert["kind"], alert["details"]["reason"]) == ("way_given_up", "dsn_5_1_1")
    assert client.get("/alerts/count") == {"open": 1}
    client.post(f"/alerts/{alert['alert_id']}/clear", BY)
    assert client.get("/alerts/count") == {"open": 0}
    (listed,) = client.get("/suppressions")["suppressions"]
    client.post("/suppressions/lift", {**BY, "channel": listed["channel"], "key": listed["key"]})
    assert client.get("/suppressions")["suppressions"] == []
    for path, body in ((f"/alerts/{alert['alert_id']}/clear", {}), ("/suppressions/lift", {"channel": "email"})):
        with pytest.raises(Rejected):
            client.post(path, {**BY, **body})


def test_destinations_out_of_reach_and_previews(client: Asker) -> None:
    (away,) = client.get("/destinations")["destinations"]
    assert (away["key"], away["state"], away["failures"]) == ("webhook:DISHUB", "open", 4)
    (shown,) = client.get("/previews")["previews"]
    assert (shown["message"], shown["segments"]) == ("receipt", 2)


def test_a_way_to_an_agency_is_tried_at_once(world: World, client: Asker, out: Remembering) -> None:
    answer = client.post("/agencies/DISHUB/test", BY)
    assert answer == {"way": "webhook", "state": "sent", "reason": "accepted", "answer": "250 ok"}
    client.post("/agencies/DISHUB/test", {**BY, "way": "email"})
    world.agency("DISHUB", {"sms": "+62811223344", "amqp": "agency.DISHUB.v1"}, revision=2)
    out.outcome = Outcome("failed", "dlr_2")
    assert client.post("/agencies/DISHUB/test", {**BY, "way": "sms"})["state"] == "failed"
    document, mail, sms = (letter for _, letter in out.sent)
    assert isinstance(document, Document)
    assert (document.type, b'"type": "tanggap.test.v1"' in document.content) == ("tanggap.test.v1", True)
    assert out.sent[0][0].delivery_id.encode() in document.content
    assert isinstance(mail, Mail)
    assert b"Subject: Pesan percobaan dari Tanggap" in mail.content
    assert isinstance(sms, Sms)
    assert "Kota Cimahi" in sms.text
    assert [row["act"] for row in world.rows("audit")] == ["agency.test"] * 3
    assert world.rows("deliveries") == [], "it is no delivery"
    for code, way, expected in (
        ("NOBODY", "", "no_such_agency"), ("DISHUB", "webhook", "no_endpoint"), ("DISHUB", "amqp", "not_configured"),
    ):  # fmt: skip
        with pytest.raises(Rejected) as caught:
            client.post(f"/agencies/{code}/test", {**BY, "way": way})
        assert caught.value.code == expected


def test_without_the_token_nothing_is_told(client: Asker) -> None:
    stranger = Asker(client.web, "wrong" * 10)
    for path in ("/alerts", "/deliveries/newest", "/previews"):
        with pytest.raises(Rejected) as caught:
            stranger.get(path)
        assert caught.value.code == "wrong_service_token"


def test_a_machine_s_answer_has_no_effect_in_the_story(world: World, client: Asker) -> None:
    sent = world.sent()
    world.hear(report(sent, "delivered", "auto_reply"))
    assert client.get(f"/deliveries/{sent}")["reports"][0]["effect"] == "none"
