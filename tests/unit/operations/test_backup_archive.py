"""The file of a backup: whole under its name or not there, and never believed without having been read."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.operations.backup import manifest as manifests
from services.operations.backup.archive import Archive, ArchiveWriter, BackupError, keep_last, new_archive
from services.operations.backup.folders import pack_folder, unpack_folder
from services.operations.backup.manifest import Manifest
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.system import ROOT

KEY = "k" * 40


def write(path: Path, **parts: bytes) -> Path:
    with new_archive(path) as archive:
        for name, content in parts.items():
            add(archive, f"{name}.dump", content)
        archive.finish(manifest_of(archive))
    return path


def add(archive: ArchiveWriter, name: str, content: bytes) -> None:
    part = archive.staging / name
    part.write_bytes(content)
    archive.add(part)


def manifest_of(archive: ArchiveWriter) -> bytes:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return manifests.write(Manifest(at, "1", "sqlite", "X", "0", "", {}, {}, {}, archive.parts), KEY)


def tar_of(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.linkname = "/etc/passwd"
    return made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_what_was_written_is_read_and_for_its_owner_only(tmp_path: Path) -> None:
    path = write(tmp_path / "x" / "a.tar", intake=b"one", desk=b"two" * 1000)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    with Archive.open(path) as archive:
        assert archive.verify().part_names() == {"intake.dump", "desk.dump"}
        assert archive.part("desk.dump").read() == b"two" * 1000


def test_an_archive_takes_nobodys_place(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", intake=b"one")
    with pytest.raises(BackupError, match="exists already"):
        write(path, intake=b"two")


def test_every_truncation_is_seen(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.tar", intake=os.urandom(3000), desk=os.urandom(3000)).read_bytes()
    end = whole.rindex(b"}") + 1
    for length in (*range(0, end, 509), end - 1):
        cut = tmp_path / "cut.tar"
        cut.write_bytes(whole[:length])
        with pytest.raises(BackupError), Archive.open(cut) as archive:
            archive.verify()


def test_a_flipped_byte_of_a_part_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", intake=b"\0" * 4096, desk=b"two")
    content = bytearray(path.read_bytes())
    content[2048] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged: intake\.dump"), Archive.open(path) as archive:
        archive.verify()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../escape.dump", tarfile.REGTYPE),
        ("/etc/cron", tarfile.REGTYPE),
        ("a/b.dump", tarfile.REGTYPE),
        ("intake.dump", tarfile.SYMTYPE),
        ("intake.dump", tarfile.LNKTYPE),
        ("intake.dump", tarfile.FIFOTYPE),
        ("intake.dump", tarfile.DIRTYPE),
    ],
)
def test_an_entry_that_is_no_part_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    path = tar_of(tmp_path / "a.tar", (entry(name, kind), b""))
    with pytest.raises(BackupError, match="no backup of Tanggap"), Archive.open(path):
        pass


def test_what_is_no_archive_is_a_sentence(tmp_path: Path) -> None:
    for name, content in (("text", b"hello" * 500), ("nothing", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupError, match="not whole, or no backup"), Archive.open(tmp_path / name):
            pass
    with pytest.raises(BackupError, match="there is no"), Archive.open(tmp_path / "missing"):
        pass
    with pytest.raises(BackupError, match="cannot be read"), Archive.open(tmp_path):
        pass


def test_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    kept = write(small_disk / "first.tar", intake=b"x" * 100_000)
    with pytest.raises(BackupError, match="No space left"):
        write(small_disk / "second.tar", intake=b"x" * 400_000, desk=b"x" * 400_000)
    assert list(small_disk.iterdir()) == [kept]


def test_an_error_on_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file"), new_archive(tmp_path / "a.tar") as archive:
        archive.add(archive.staging / "never-made.dump")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_goes_with_the_next_and_a_running_one_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from services.operations.backup.archive import new_archive\n"
        "with new_archive(Path(sys.argv[1])): print('half way', flush=True); time.sleep(60)\n"
    )
    folder = tmp_path / "backups"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Process([sys.executable, "-c", code, folder / "a.tar"], log=tmp_path / "log", env=env, cwd=ROOT) as process:
        process.wait_for_output("half way", 20)
        running = list(folder.iterdir())
        write(folder / "b.tar", intake=b"x")
        assert set(folder.iterdir()) == {*running, folder / "b.tar"}
        process.kill9()
    write(folder / "c.tar", intake=b"x")
    eventually(lambda: sorted(path.name for path in folder.iterdir()) == ["b.tar", "c.tar"], 2)


def test_only_the_last_archives_are_kept(tmp_path: Path) -> None:
    names = [f"tanggap-cmh-2026010{day}T000000Z.tar" for day in range(1, 6)]
    for name in (*names, "tanggap-sby-20250101T000000Z.tar", "notes.tar"):
        (tmp_path / name).touch()
    keep_last(tmp_path, "tanggap-cmh-*Z.tar", 2)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names[-2:], "tanggap-sby-20250101T000000Z.tar", "notes.tar"}


def test_a_folder_comes_back_as_it_was_without_what_was_not_whole(tmp_path: Path) -> None:
    folder = tmp_path / "captured"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.eml").write_bytes(b"one")
    (folder / "deep" / "b.json").write_bytes(b"two")
    (folder / ".half.part").write_bytes(b"no")
    assert pack_folder(folder, tmp_path / "captured.tar.gz") == 2
    with (tmp_path / "captured.tar.gz").open("rb") as file:
        assert unpack_folder(file, tmp_path / "back") == 2
    back = {path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert back == {"a.eml", "deep/b.json"}


@pytest.mark.parametrize(
    ("name", "kind"), [("../x", tarfile.REGTYPE), ("/x", tarfile.REGTYPE), ("a/../../x", tarfile.REGTYPE),
                       ("x", tarfile.SYMTYPE), ("x", tarfile.LNKTYPE)],
)  # fmt: skip
def test_a_file_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(entry(name, kind))
    buffer.seek(0)
    with pytest.raises(BackupError, match="leads out of its folder"):
        unpack_folder(buffer, tmp_path / "inside")
    assert not (tmp_path / "x").exists()
