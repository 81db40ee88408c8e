"""Dead letters of a service by its internal API: listed without their body, settled with a name and a reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.composition import migrations_of
from services.router.tables import audit, messaging
from shared.dead_letters import OwnDeadLetters
from shared.messaging.inbox import Inbox
from shared.observability.metrics import Metrics
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.web.base import create_web
from shared.web.internal_dead import dead_api
from tests.support.clock import MovableClock
from tests.support.migrated import migrate

TOKEN = "t" * 40
QUEUE, ID = "router.route-complaint.v1", "0192f0aa-0000-7000-8000-0000000000aa"
WISH = {"queue": QUEUE, "message_id": ID, "actor": "operator", "role": "operator", "reason": "ganda"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'router.db'}")
    migrate(opened.engine, migrations_of("router"))
    row = {
        "queue": QUEUE, "message_id": ID, "state": "dead", "body": b"isi rahasia", "type": "complaint.received.v1",
        "last_error": "hubungi 0812 3456 7890", "error_code": "bad", "attempts": 5,
        "received_at": datetime(2026, 11, 28, tzinfo=UTC),
    }  # fmt: skip
    with opened.write() as tx:
        tx.execute(messaging.inbox.insert(), row)
    yield opened
    opened.close()


@pytest.fixture
def client(database: Database) -> FlaskClient:
    clock = MovableClock()
    web = create_web("services.router", service="router", metrics=Metrics())
    inbox = Inbox(messaging, clock=clock, bells=Bells())
    web.register_blueprint(dead_api(OwnDeadLetters(database, inbox, audit, clock), TOKEN))
    return web.test_client()


def headers(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def state(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(select(messaging.inbox.c.state)).scalar_one())


def test_a_list_without_bodies_and_numbers(client: FlaskClient) -> None:
    told: Any = client.get("/internal/dead", headers=headers()).get_json()
    (letter,) = told["letters"]
    assert (letter["message_id"], letter["code"], letter["summary"]) == (ID, "bad", "hubungi [telepon]")
    assert "rahasia" not in str(told)


def test_without_the_token_nothing(client: FlaskClient, database: Database) -> None:
    assert client.get("/internal/dead", headers=headers("wrong")).status_code == 401
    assert client.post("/internal/dead/discard", json=WISH).status_code == 401
    assert state(database) == "dead"


@pytest.mark.parametrize("missing", ["queue", "message_id", "actor", "role", "reason"])
def test_a_discard_needs_who_and_why(client: FlaskClient, database: Database, missing: str) -> None:
    body = {name: value for name, value in WISH.items() if name != missing}
    assert client.post("/internal/dead/discard", json=body, headers=headers()).status_code == 400
    assert state(database) == "dead"


@pytest.mark.parametrize(("act", "becomes"), [("replay", "retrying"), ("discard", "discarded")])
def test_it_is_settled_once_with_an_audit_row(
    client: FlaskClient, database: Database, act: str, becomes: str
) -> None:  # fmt: skip
    body = {**WISH, "reason": ""} if act == "replay" else WISH
    for settled in (True, False):
        answer = client.post(f"/internal/dead/{act}", json=body, headers=headers())
        assert answer.get_json() == {"settled": settled}
    assert state(database) == becomes
    with database.read() as connection:
        rows = connection.execute(select(audit.c.actor, audit.c.act, audit.c.subject)).all()
    assert [tuple(row) for row in rows] == [("operator", f"dead.{act}", ID)]


def test_there_is_no_other_act(client: FlaskClient) -> None:
    assert client.post("/internal/dead/edit", json=WISH, headers=headers()).status_code == 404
