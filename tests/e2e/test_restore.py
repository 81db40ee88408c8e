"""What a restore refuses, replaces and holds back: on SQLite files and on PostgreSQL, without any service running."""

import itertools
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import DBAPIError

from services.composition import OWNERS
from services.intake.privacy.ledger import ErasedComplaint, Ledger
from services.intake.tables import complaints
from services.notifier.tables import attempts, deliveries
from services.operations.backup import manifest as manifests
from services.operations.backup.archive import new_archive
from shared.blobs import BlobFolder
from shared.storage.database import Database
from tests.support.postgres import PostgresServer
from tests.support.system import SECRETS
from tests.unit.operations.shell import Shell

NOW = datetime(2026, 5, 1, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """An operator before a system in which nothing has happened yet."""
    environment = {**SECRETS, "TANGGAP_DATA": str(tmp_path / "data"), "TANGGAP_BACKUPS": str(tmp_path / "backups")}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        admin: str = request.getfixturevalue("postgres_database")
        name = admin.rpartition("/")[2]
        environment["TANGGAP_ADMIN_DATABASE_URL"] = admin
        for owner in OWNERS:
            environment[f"TANGGAP_{owner.upper()}_DATABASE_URL"] = server.url(owner, f"secret-{owner}", name)
    shell = Shell(environment)
    assert shell.run("migrate").code == 0
    return shell


@pytest.fixture
def archive(shell: Shell) -> Path:
    """Of a time with one complaint, one delivery sent, one due, one being sent, and a captured notice."""
    captured = Path(shell.environment["TANGGAP_DATA"]) / "captured"
    captured.mkdir(parents=True, exist_ok=True)
    (captured / "one.eml").write_text("one")
    BlobFolder(captured.parent / "attachments").put(b"a photo")
    complain(shell)
    for state in ("sent", "pending", "sending"):
        deliver(shell, state)
    said = shell.run("backup")
    assert said.code == 0, said.err
    (path,) = Path(shell.environment["TANGGAP_BACKUPS"]).glob("*.tar")
    return path


def url_of(shell: Shell, owner: str) -> str:
    data = shell.environment["TANGGAP_DATA"]
    return shell.environment.get(f"TANGGAP_{owner.upper()}_DATABASE_URL", f"sqlite:///{data}/{owner}.db")


def rows(shell: Shell, owner: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url_of(shell, owner))
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def write(shell: Shell, owner: str, *statements: object) -> None:
    database = Database(url_of(shell, owner))
    with database.write() as tx:
        for statement in statements:
            tx.execute(statement)  # type: ignore[arg-type]
    database.close()


def complain(shell: Shell) -> None:
    number = next(_numbers)
    values = {
        "complaint_id": f"c-{number}", "ticket": f"T-{number}", "code_sealed": "", "revision": 1, "status": "received",
        "channel": "web", "account": "", "kind": "complaint", "identity": "anonymous", "text": "PJU mati",
        "receipt": "none", "flags": [], "recipients": [], "size": 8, "received_at": NOW,
    }  # fmt: skip
    write(shell, "intake", insert(complaints).values(values))


def deliver(shell: Shell, state: str) -> None:
    values = {
        "delivery_id": state, "complaint_id": "c", "assignment": 1, "recipient": "DLH", "message": f"m.{state}",
        "ticket": "T", "channel": "email", "lane": "email:DLH", "language": "", "urgent": False, "gave_up": [],
        "data": {}, "state": state, "reason": "", "last_problem": "", "traceparent": "", "attempts": 1,
        "planned_at": NOW, "since": NOW, "due_at": NOW, "lease_owner": "x", "lease_until": NOW,
    }  # fmt: skip
    attempt = {
        "attempt_id": state, "delivery_id": state, "number": 1, "channel": "email", "via": "smtp",
        "started_at": NOW, "outcome": state, "reason": "", "answer": "",
    }  # fmt: skip
    begun = [insert(attempts).values(attempt)] if state == "sending" else []
    write(shell, "notifier", insert(deliveries).values(values), *begun)


def states(shell: Shell) -> list[tuple[object, ...]]:
    return rows(shell, "notifier", "SELECT delivery_id, state, reason FROM deliveries ORDER BY delivery_id")


def test_what_was_under_way_is_held_for_a_person(shell: Shell, archive: Path) -> None:
    said = shell.run("restore", archive.name, "--replace", "--yes")
    assert said.code == 0, said.err
    assert "2 deliveries may have been sent after the backup" in said.out
    held = [("pending", "uncertain", "restored"), ("sending", "uncertain", "restored"), ("sent", "sent", "")]
    assert states(shell) == held
    assert rows(shell, "notifier", "SELECT outcome, reason FROM attempts") == [("uncertain", "restored")]
    free = "SELECT count(*) FROM deliveries WHERE finished_at IS NOT NULL AND lease_owner IS NULL"
    assert rows(shell, "notifier", free) == [(2,)]
    told = rows(shell, "notifier", "SELECT routing_key, count(*) FROM outbox GROUP BY routing_key")
    assert told == [("delivery.finished.v1", 2)]
    for owner in OWNERS:
        assert rows(shell, owner, "SELECT act, subject FROM audit") == [("restore", archive.name)]


def test_what_was_removed_for_good_since_then_is_named_and_its_list_stays(shell: Shell, archive: Path) -> None:
    again = "remove it with tanggap privacy again"
    assert again not in shell.run("restore", str(archive), "--replace", "--yes").out
    ledger = Ledger.of(Path(shell.environment["TANGGAP_DATA"]))
    ledger.append(ErasedComplaint("c1", ["contact"], "request", "2026-11-24T03:00:00+00:00"))
    assert again in shell.run("restore", str(archive), "--replace", "--yes").out
    assert [one.complaint_id for one in ledger.entries() if isinstance(one, ErasedComplaint)] == ["c1"]


def test_what_was_due_is_sent_when_that_is_wished(shell: Shell, archive: Path) -> None:
    assert shell.run("restore", str(archive), "--replace", "--yes", "--send-due").code == 0
    assert states(shell) == [("pending", "pending", ""), ("sending", "sending", ""), ("sent", "sent", "")]
    assert rows(shell, "notifier", "SELECT count(*) FROM outbox") == [(0,)]


def test_what_is_there_is_replaced_only_on_request_and_then_wholly(shell: Shell, archive: Path) -> None:
    captured = Path(shell.environment["TANGGAP_DATA"]) / "captured"
    (captured / "two.eml").write_text("two")
    photos = BlobFolder(captured.parent / "attachments")
    (kept,) = photos.names()
    later = photos.put(b"a later photo")
    complain(shell)
    refused = shell.run("restore", str(archive))
    assert refused.code == 2
    assert (
        "2 complaints, 3 deliveries, 2 files in captured, 2 files in attachments; the newest complaint is of 2026-05-01"
        in refused.err
    )
    unasked = shell.run("restore", str(archive), "--replace")
    assert (unasked.code, "this will be lost: 2 complaints" in unasked.out) == (2, True), unasked.err
    assert rows(shell, "intake", "SELECT count(*) FROM complaints") == [(2,)]
    assert shell.run("restore", str(archive), "--replace", "--yes").code == 0
    assert rows(shell, "intake", "SELECT count(*) FROM complaints") == [(1,)]
    assert [path.name for path in captured.iterdir()] == ["one.eml"]
    assert (photos.get(kept), photos.get(later)) == (b"a photo", None)
    assert not [path for path in captured.parent.iterdir() if path.name.startswith(".")]


def test_rights_and_numbers_go_on_as_they_were(shell: Shell, archive: Path) -> None:
    """New rows get new numbers; on PostgreSQL the service may still not change the past."""
    before = rows(shell, "desk", "SELECT count(*) FROM audit")
    for _ in range(2):
        assert shell.run("restore", str(archive), "--replace", "--yes").code == 0
    complain(shell)
    assert rows(shell, "desk", "SELECT seq FROM audit") == [(1,)]
    assert before == [(0,)]
    if "TANGGAP_ADMIN_DATABASE_URL" in shell.environment:
        for forbidden in ("DELETE FROM audit", "UPDATE alembic_version SET version_num = 'x'", "DROP TABLE outbox"):
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                rows(shell, "desk", forbidden)


def test_a_part_that_cannot_be_loaded_changes_nothing(shell: Shell, archive: Path) -> None:
    """Its hash fits, so that it fails only in the middle: the old databases are there as before."""
    broken = _with_a_broken_part(archive, shell)
    complain(shell)
    said = shell.run("restore", str(broken), "--replace", "--yes")
    assert said.code == 2, said.out
    assert "Traceback" not in said.err
    assert rows(shell, "intake", "SELECT count(*) FROM complaints") == [(2,)]
    assert states(shell)[0] == ("pending", "pending", "")
    assert shell.run("restore", str(archive), "--replace", "--yes").code == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"TANGGAP_CONTENT_KEYS": "another-" + "x" * 32}, "1 of its 1 content_keys is not among those here"),
        ({"TANGGAP_CONTACT_KEYS": "another-" + "x" * 32}, "1 of its 1 contact_keys is not among those here"),
    ],
)
def test_the_wrong_keys_are_refused_before_anything(
    shell: Shell, archive: Path, change: dict[str, str], sentence: str
) -> None:
    said = shell.run("restore", str(archive), "--replace", "--yes", **change)
    assert (said.code, sentence in said.err) == (2, True), said.err
    assert states(shell)[0] == ("pending", "pending", "")
    assert shell.run("restore", str(archive), "--replace", "--yes", "--without-keys", **change).code == 0


def test_only_the_last_backups_are_kept_and_none_is_made_without_keys(shell: Shell, archive: Path) -> None:
    unkeyed = shell.run("backup", TANGGAP_CONTACT_KEYS=None)
    assert (unkeyed.code, "TANGGAP_CONTACT_KEYS" in unkeyed.err) == (2, True)
    for number in range(3):
        archive.rename(archive.with_name(f"tanggap-cmh-2020010{number}T000000Z.tar"))
        assert shell.run("backup", "--keep", "2").code == 0
        archive = max(archive.parent.glob("*.tar"))
    left = sorted(path.name for path in archive.parent.iterdir())
    assert left == ["tanggap-cmh-20200102T000000Z.tar", archive.name]


def test_a_target_that_cannot_be_used_is_a_sentence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = shell.run("backup", str(tmp_path / "file"))
    assert (said.code, "cannot be written" in said.err) == (2, True), said.err
    said = shell.run("restore", "missing.tar")
    assert (said.code, "missing.tar" in said.err and "there is no" in said.err) == (2, True), said.err


def test_a_database_that_cannot_be_read_does_not_keep_a_restore_from_being_made(shell: Shell, archive: Path) -> None:
    data = Path(shell.environment["TANGGAP_DATA"])
    if not (data / "intake.db").exists():
        pytest.skip("PostgreSQL keeps its files itself")
    (data / "intake.db").write_bytes(b"no database" * 1000)
    (data / "desk.db").unlink()
    broken = shell.run("backup")
    assert (broken.code, "Traceback" in broken.err) == (2, False), broken.err
    assert list(archive.parent.iterdir()) == [archive]
    refused = shell.run("restore", str(archive))
    assert (refused.code, "a database of intake that cannot be read" in refused.err) == (2, True), refused.err
    said = shell.run("restore", str(archive), "--replace", "--yes")
    assert said.code == 0, said.err
    assert rows(shell, "intake", "SELECT count(*) FROM complaints") == [(1,)]


def test_a_full_disk_leaves_an_empty_target_empty(shell: Shell, archive: Path, tmp_path: Path) -> None:
    if "TANGGAP_ADMIN_DATABASE_URL" in shell.environment:
        pytest.skip("PostgreSQL's disk is its own")
    target = tmp_path / "small"
    target.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(target)]).returncode != 0:
        pytest.skip("no right to mount a small disk")
    try:
        said = shell.run("restore", str(archive), TANGGAP_DATA=str(target))
        assert said.code == 2
        assert "cannot be written" in said.err  # by whichever file comes when it is full
        assert "Nothing was changed." in said.err
        assert [path.name for path in target.iterdir()] == ["tanggap.lock"]
    finally:
        subprocess.run(["umount", str(target)], check=True)


def _with_a_broken_part(archive: Path, shell: Shell) -> Path:
    """The last database of the archive is cut, and the manifest written anew with the right keys."""
    path = archive.with_name("broken.tar")
    with tarfile.open(archive) as tar, new_archive(path) as made:
        names = [name for name in tar.getnames() if name != "manifest.json"]
        database = next(name for name in names if name.startswith("router"))
        for name in names:
            file = tar.extractfile(name)
            assert file is not None
            content = file.read()
            (made.staging / name).write_bytes(content[: len(content) // 2] if name == database else content)
            made.add(made.staging / name)
        file = tar.extractfile("manifest.json")
        assert file is not None
        old = manifests.read(file.read())
        fresh = manifests.Manifest(**{**old.__dict__, "parts": made.parts, "signature": ""})
        made.finish(manifests.write(fresh, shell.environment["TANGGAP_CONTENT_KEYS"]))
    return path
