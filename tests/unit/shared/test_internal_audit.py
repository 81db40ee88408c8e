"""The audit rows of a service by HTTP: the same answers as from its own database, for whoever shows the token."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import MetaData

from shared.audit import audit_table, record_act, row_digest
from shared.audit_reading import Wanted
from shared.errors import Transient
from shared.observability.metrics import Metrics
from shared.storage.database import Database
from shared.web.base import create_web
from shared.web.internal import InternalClient
from shared.web.internal_audit import OwnAudit, RemoteAudit, audit_api
from shared.web.server import WebServer

TOKEN = "t" * 40
AT = datetime(2026, 11, 27, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass
class Both:
    own: OwnAudit
    remote: RemoteAudit
    url: str


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    metadata = MetaData()
    audit, database = audit_table(metadata), Database(f"sqlite:///{tmp_path / 'x.db'}")
    metadata.create_all(database.engine)
    with database.write() as tx:
        for number in range(25):
            record_act(
                tx, audit, at=AT + timedelta(hours=number), actor="siti" if number % 2 else "budi", role="officer",
                act="case.answer", subject=f"c{number}", reason="ä & = # 'x'", details={"n": 1.5, "a": [None, "é"]},
            )  # fmt: skip
    web: Flask = create_web(__name__, service="x", metrics=Metrics())
    web.register_blueprint(audit_api(database, audit, TOKEN))
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    yield Both(OwnAudit(database, audit), RemoteAudit(InternalClient(server.url, TOKEN)), server.url)
    server.stop()
    database.close()


def test_digests_are_the_same_from_near_and_far(both: Both) -> None:
    for after, limit in ((0, 1000), (0, 7), (20, 1000), (25, 10)):
        assert both.remote.digests(after, limit) == both.own.digests(after, limit)
    assert [one.seq for one in both.remote.digests(20, 3)] == [21, 22, 23]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(), Wanted(actor="siti"), Wanted(subject="c3"), Wanted(act="none"), Wanted(before=4), Wanted(before=0),
        Wanted(since=AT + timedelta(hours=20)), Wanted(until=AT + timedelta(hours=3), actor="budi"),
    ],
)  # fmt: skip
def test_rows_are_the_same_from_near_and_far(both: Both, wanted: Wanted) -> None:
    near = [dict(row) for row in both.own.rows(wanted, 10)]
    far = [dict(row) for row in both.remote.rows(wanted, 10)]
    assert far == near
    assert [row_digest(row) for row in far] == [row_digest(row) for row in near]


@pytest.mark.parametrize("path", ["digests", "rows"])
def test_nobody_without_the_token(both: Both, path: str) -> None:
    url = f"{both.url}/internal/audit/{path}"
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer wrong"}, timeout=5).status_code == 401
    assert requests.post(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5).status_code == 405


@pytest.mark.parametrize(
    "query",
    ["digests?after=-1", "digests?after=x", "digests?limit=1001", "digests?after=%D9%A1", "rows?since=yesterday",
     "rows?since=2026-11-27T00:00:00", "rows?before=x", f"digests?after={'9' * 40}"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(both: Both, query: str) -> None:
    answer = requests.get(
        f"{both.url}/internal/audit/{query}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5
    )  # fmt: skip
    assert answer.status_code == 422


def test_who_is_away_may_answer_later() -> None:
    with pytest.raises(Transient):
        RemoteAudit(InternalClient("http://127.0.0.1:9", TOKEN)).digests(0, 1)


class Strange(InternalClient):
    """Answers as told."""

    answer: object = None

    def get(self, path: str, asked: object = None) -> object:
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        None, [], {}, {"rows": 1}, {"rows": [1]}, {"rows": [[1, "yesterday", "f" * 64]]},
        {"rows": [[1, AT.isoformat(), "f" * 65]]}, {"rows": [[0, AT.isoformat(), "f" * 64]]},
        {"rows": [["1", AT.isoformat(), "f" * 64]]}, {"rows": [[1 << 63, AT.isoformat(), "f" * 64]]},
        {"rows": [{"seq": 1}]},
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_understood_is_sealed_by_nobody(answer: object) -> None:
    strange = Strange("http://127.0.0.1:9", TOKEN)
    strange.answer = answer
    with pytest.raises(Transient):
        RemoteAudit(strange).digests(0, 1)
    with pytest.raises(Transient):
        RemoteAudit(strange).rows(Wanted(), 1)
