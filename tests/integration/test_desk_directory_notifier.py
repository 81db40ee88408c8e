"""What the directory asks of the notifier, put to its real internal API over loopback HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from services.desk.directory.connections import ARRIVED, AWAY, NO_ANSWER, REFUSED, NotifierConnections
from services.desk.people.person import Person
from services.notifier import repository, tables
from services.notifier.agency_queues import accounts
from services.notifier.agency_queues.accounts import AmqpAccount
from services.notifier.channels.capture import CaptureFolder
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.delivery import Delivery
from services.notifier.trial import Trial
from services.notifier.views import internal_api
from services.notifier.way_out import Outcome
from services.notifier.writing.letters import Letter
from shared.errors import Refused, Transient
from shared.sealing import Sealer
from shared.web.base import create_web
from shared.web.internal import InternalClient
from shared.web.server import WebServer
from tests.integration.notifier_feedback.test_internal_api import Shown
from tests.integration.notifier_feedback.world import World, open_world

TOKEN = "t" * 40
ME = Person("operator", "Operator", "operator")
AGENCY = {
    "code": "DLH", "revision": 7, "name": "Dinas", "kind": "internal",
    "endpoints": {"email": "dlh@cimahi.example", "webhook": "https://dlh.example/x", "sms": "+628123456"},
    "channels": [], "language": "", "reminders": True, "public_contact": "",
}  # fmt: skip


@dataclass
class WayOutOfTests:
    outcome: Outcome
    via: str = "tests"
    repeatable: bool = True
    sent: list[Letter] = field(default_factory=list)

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        self.sent.append(letter)
        return self.outcome

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("directory")


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    """One for all tests here: each has an agency of its own."""
    opened = open_world(folder)
    with opened.database.write() as tx:
        known = {column.name for column in tables.agencies.c}
        row = {name: value for name, value in AGENCY.items() if name in known}
        for code in ("DLH", "DISHUB", "BPBD"):
            repository.store_agency(tx, {**row, "code": code})
    yield opened
    opened.database.close()


@pytest.fixture(scope="module")
def way() -> WayOutOfTests:
    return WayOutOfTests(Outcome("sent", "accepted", answer="250 ok"))


@pytest.fixture(scope="module")
def secrets(world: World) -> WebhookSecrets:
    return WebhookSecrets(world.database, Sealer(["k" * 32]), world.clock)


@pytest.fixture(scope="module")
def connections(
    world: World, way: WayOutOfTests, secrets: WebhookSecrets, folder: Path
) -> Iterator[NotifierConnections]:
    app = create_web("tests", service="notifier", metrics=world.spine.metrics)
    trial = Trial(world.spine, {"email": way, "webhook": way, "sms": None}, "Kota", "t@cimahi.example", "1234")
    captured = CaptureFolder(folder)
    app.register_blueprint(
        internal_api(world.spine, captured, TOKEN, trial=trial, previews=lambda: [Shown()], secrets=secrets)
    )
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    client = InternalClient(server.url, TOKEN)
    yield NotifierConnections(client, client)
    server.stop()


def test_a_trial_says_what_came_back(connections: NotifierConnections, way: WayOutOfTests) -> None:
    tried = connections.attempt("DLH", "email", ME, "coba")
    assert (tried.ending, tried.way, tried.state, tried.answer) == (ARRIVED, "email", "sent", "250 ok")
    way.outcome = Outcome("failed", "refused_550", answer="550 no such user")
    assert connections.attempt("DLH", "email", ME, "coba").ending == REFUSED
    way.outcome = Outcome("uncertain", "no_answer")
    assert connections.attempt("DLH", "webhook", ME, "coba").ending == NO_ANSWER
    assert connections.attempt("DLH", "sms", ME, "coba").reason == "not_configured"
    assert connections.attempt("DLH", "amqp", ME, "coba").reason == "no_endpoint"
    assert connections.attempt("NOWHERE", "email", ME, "coba").reason == "no_such_agency"


def test_secrets_are_made_exchanged_and_forgotten(
    connections: NotifierConnections, secrets: WebhookSecrets, world: World
) -> None:
    assert (connections.setup("DISHUB").secrets, connections.setup("DISHUB").secret_id) == (0, "none")
    first = connections.new_secret("DISHUB", ME, 0)
    seen = connections.setup("DISHUB")
    assert (seen.secrets, list(secrets.signing("DISHUB"))) == (1, [first])
    world.clock.advance(1)
    second = connections.new_secret("DISHUB", ME, 24)
    assert list(secrets.signing("DISHUB")) == [second, first]
    assert connections.setup("DISHUB").secret_id != seen.secret_id
    assert connections.forget_secrets("DISHUB", ME) == 2
    assert connections.setup("DISHUB").secrets == 0
    with pytest.raises(Refused) as caught:
        connections.new_secret("NOWHERE", ME, 0)
    assert caught.value.code == "no_such_agency"
    with pytest.raises(Refused):
        connections.new_secret("DISHUB", ME, 100_000)


def test_what_is_set_up_is_told(connections: NotifierConnections, world: World) -> None:
    now = world.clock.now()
    with world.database.write() as tx:
        accounts.store(tx, AmqpAccount("BPBD", "agency-BPBD", "hash", "agency.BPBD.v1", now, now))
    setup = connections.setup("BPBD")
    assert (setup.revision, setup.queue, setup.user) == (7, "agency.BPBD.v1", "agency-BPBD")
    assert setup.user_since is not None
    assert setup.configured == {"email": True, "webhook": True, "sms": False}
    assert (connections.setup("NOWHERE").revision, connections.setup("NOWHERE").user) == (0, "")


def test_a_notifier_that_is_away_is_an_answer_or_transient() -> None:
    nobody = InternalClient("http://127.0.0.1:9", TOKEN, timeout_seconds=1)
    gone = NotifierConnections(nobody, nobody)
    assert gone.attempt("BPBD", "email", ME, "coba").ending == AWAY
    for ask in (
        lambda: gone.setup("BPBD"),
        lambda: gone.new_secret("BPBD", ME, 0),
        lambda: gone.forget_secrets("BPBD", ME),
    ):
        with pytest.raises(Transient):
            ask()
