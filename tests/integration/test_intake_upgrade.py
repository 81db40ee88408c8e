"""A database that an older version filled serves this one, and a process of the older version goes on storing."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from services.intake import repository, tables
from services.intake.app import MIGRATIONS
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.unit.intake.building import HeldClock

AT = HeldClock().now()
OLD = {
    "code_sealed": "x", "revision": 1, "status": "received", "channel": "open311", "account": "v2", "kind": "pengaduan",
    "identity": "anonymous", "text": "x", "receipt": "wanted", "flags": [], "recipients": [], "size": 0,
    "received_at": AT,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_complaints_of_before_have_no_references(kind: str, request: pytest.FixtureRequest, tmp_path: Any) -> None:
    is_sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    database = Database(url)
    store = tables.complaints.insert()
    assert upgrade(database.engine, _first_only(tmp_path)) == ["intake_0001"]
    with database.write() as tx:
        tx.execute(store, {**OLD, "complaint_id": "c1", "ticket": "CMH-1"})
    assert upgrade(database.engine, MIGRATIONS)[0] == "intake_0002"
    with database.write() as tx:
        tx.execute(store, {**OLD, "complaint_id": "c2", "ticket": "CMH-2"})
    with database.read() as connection:
        found = repository.requests_by_ticket(connection, ["CMH-1", "CMH-2"], "open311")
    assert [(row["external_refs"], row["updated_at"]) for row in found] == [({}, None)] * 2
    database.close()


def _first_only(folder: Path) -> Path:
    versions = folder / "old" / "versions"
    versions.mkdir(parents=True)
    shutil.copy(MIGRATIONS / "versions" / "0001_first.py", versions)
    return folder / "old"
