"""The same on RabbitMQ and PostgreSQL: what a citizen wanted gone is in no schema, queue, file, log, or next backup."""

from __future__ import annotations

import subprocess
import tarfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.desk.app import build_register
from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer
from services.desk.cases.coordinator_acts import Assign
from services.desk.people.person import Person
from shared.citypack import load_pack
from shared.sealing import Sealer
from tests.chaos.audit import unfinished
from tests.support.eventually import eventually
from tests.support.postgres import program_folder
from tests.support.rabbitmq import RabbitNode
from tests.support.system import OWNERS, SECRETS, DistributedSystem
from tests.support.traces import Search
from tests.unit.operations.shell import COORDINATOR, PACK, Shell, desk_spine, shell_of

EMAIL, PHONE, NAME, WORD, ANSWERED = (
    "wulan.sari@warga.example",
    "+6281200005678",
    "Wirahadi",
    "ambrukmendadak",
    "sudahdirapikan",
)
WORDS = ("wulan.sari", "81200005678", NAME, WORD, ANSWERED)
TEXT = f"Jalan {WORD} di depan rumah Pak {NAME} di Cibeber, hubungi {PHONE}"
KEYS = [Sealer([SECRETS[name]]) for name in ("TANGGAP_CONTENT_KEYS", "TANGGAP_CONTACT_KEYS")]
SEARCH = Search(WORDS, KEYS)


def complain(system: DistributedSystem) -> list[str]:
    """By API, SMS and mail; the tickets."""
    contact = {"email": EMAIL, "phone": PHONE, "name": NAME}
    assert system.submit(f"{TEXT} lewat API", contact=contact, identity="open").status_code == 201
    system.send_sms(PHONE, f"jalan {WORD} di cibeber dekat rumah {NAME}", "trace-1")
    system.send_mail(EMAIL, f"Jalan {WORD}", f"{TEXT}\n\n{NAME}", "<trace-1@warga.example>")
    query = f"SELECT ticket FROM complaints WHERE text LIKE '%{WORD}%'"
    return [ticket for (ticket,) in eventually(lambda: _all(system, query, 3), 30, describe=system.describe)]


def _all(system: DistributedSystem, query: str, number: int) -> list[tuple[Any, ...]]:
    found = system.rows("intake", query)
    return found if len(found) == number else []


def close(system: DistributedSystem, tickets: list[str]) -> None:
    """Each is given to an agency, which answers and closes it."""
    spine = desk_spine(system)
    register = build_register(spine, load_pack(Path(PACK)))
    officer = Person("petugas.dpupr", "Petugas", "officer", "DPUPR")
    for ticket in tickets:
        query = f"SELECT revision, agency FROM cases WHERE ticket = '{ticket}'"
        ((revision, agency),) = eventually(partial(system.rows, "desk", query), 20)
        if agency != "DPUPR":
            perform(register, COORDINATOR, ticket, revision, Assign("DPUPR", "sesuai bidangnya"))
            revision = system.rows("desk", query)[0][0]
        done = perform(register, officer, ticket, revision, Answer(f"Pak {NAME}, {ANSWERED}.", close=True))
        assert done is not None
        assert done.case.state == "closed"
    closed = f"SELECT count(*) FROM complaints WHERE status = 'closed' AND ticket IN ({', '.join(map(repr, tickets))})"
    eventually(lambda: system.rows("intake", closed) == [(len(tickets),)], 30, describe=system.describe)
    spine.database.close()


def all_heard(system: DistributedSystem) -> bool:
    """Nothing travels. Deliveries may wait, for the night to end or for more to tell."""
    waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    busy = "SELECT count(*) FROM inbox WHERE state IN ('trying', 'retrying')"
    return all(system.rows(owner, query) == [(0,)] for owner in OWNERS for query in (waiting, busy))


def look(system: DistributedSystem, node: RabbitNode) -> list[str]:
    """In all schemas and files; and what waits in queues, which is nothing when all is at rest."""
    found = [f"{owner}: {one}" for owner in OWNERS for one in SEARCH.in_database(system.database_url(owner))]
    queues = [name for name, depth in node.queue_depths(system.vhost).items() if depth]
    return found + SEARCH.in_files(system.data) + [f"queue {name}" for name in queues]


def in_backup(archive: Path, folder: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    for dump in [path for path in folder.rglob("*") if path.is_file() and path.read_bytes()[:5] == b"PGDMP"]:
        program = str(program_folder() / "pg_restore")
        subprocess.run([program, "--file", f"{dump}.sql", str(dump)], check=True)
        dump.unlink()
    assert list(folder.rglob("*.sql")), "the dumps were read"
    return SEARCH.in_files(folder)


@pytest.fixture
def shell(distributed_system: DistributedSystem, rabbit_node: RabbitNode, tmp_path: Path) -> Shell:
    made = shell_of(distributed_system, rabbit_node.url("e2e"))
    return Shell({**made.environment, "TANGGAP_BACKUPS": str(tmp_path / "backups")})


def test_nothing_is_left_in_schemas_queues_files_logs_and_the_next_backup(
    distributed_system: DistributedSystem, rabbit_node: RabbitNode, shell: Shell, tmp_path: Path
) -> None:
    system = distributed_system
    close(system, complain(system))
    eventually(lambda: all_heard(system), 30, describe=lambda: unfinished(system) + system.describe())
    found = look(system, rabbit_node)
    for place in (
        "complaints.text",
        "contacts.name_sealed",
        "answers.text",
        "outbox.body",
        "case_contents",
        "captured/",
    ):
        assert any(place in one for one in found), f"the search does not see {place}"
    for contact in (EMAIL, PHONE):
        said = shell.run("privacy", "delete", contact, "--yes")
        assert said.code == 0, said.err
    eventually(
        lambda: all_heard(system) and not look(system, rabbit_node), 40, every=0.5,
        describe=lambda: "\n".join(look(system, rabbit_node)),
    )  # fmt: skip
    said = shell.run("backup")
    assert said.code == 0, said.err
    (archive,) = (tmp_path / "backups").glob("*.tar")
    assert in_backup(archive, tmp_path / "archive") == []
