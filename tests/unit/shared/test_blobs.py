"""Files kept by their content: whole or not there, the same once, and nothing else can be read."""

import hashlib
import multiprocessing
import os
import signal
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.blobs import BlobFolder
from shared.errors import Transient

CONTENT = b"a photo" * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "deep" / "attachments")


def place(blobs: BlobFolder, name: str = NAME) -> Path:
    return blobs.root / name[:2] / name


def everything(blobs: BlobFolder) -> list[str]:
    return sorted(path.name for path in blobs.root.rglob("*") if path.is_file())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.binary(max_size=2000))
def test_what_was_put_is_got(blobs: BlobFolder, content: bytes) -> None:
    name = blobs.put(content)
    assert name == hashlib.sha256(content).hexdigest()
    assert blobs.get(name) == content
    assert blobs.has(name)
    assert name in set(blobs.names())


def test_the_same_bytes_are_kept_once_and_for_us_only(blobs: BlobFolder) -> None:
    blobs.put(CONTENT)
    first = place(blobs).stat()
    assert blobs.put(CONTENT) == NAME
    assert place(blobs).stat().st_ino == first.st_ino
    assert everything(blobs) == [NAME]
    assert stat.S_IMODE(first.st_mode) == 0o600


@pytest.mark.parametrize("wrong", [b"", CONTENT[:-1] + b"!", CONTENT[:100], CONTENT + b"more"])
def test_a_file_with_wrong_bytes_is_not_given_out_and_mended_by_the_next_put(blobs: BlobFolder, wrong: bytes) -> None:
    blobs.put(CONTENT)
    place(blobs).write_bytes(wrong)
    assert blobs.get(NAME) is None
    blobs.put(CONTENT)
    assert blobs.get(NAME) == CONTENT
    assert everything(blobs) == [NAME]


@pytest.mark.parametrize(
    "name", ["", "ab", "../../etc/passwd", NAME.upper(), NAME + "\n", f".{NAME}", "g" * 64, "\0" * 64]
)
def test_nothing_is_reached_by_another_name(blobs: BlobFolder, name: str) -> None:
    blobs.put(CONTENT)
    assert blobs.get(name) is None
    assert not blobs.has(name)
    blobs.remove(name)
    assert blobs.get(NAME) == CONTENT


def test_what_is_removed_is_gone(blobs: BlobFolder) -> None:
    blobs.remove(NAME)
    blobs.put(CONTENT)
    blobs.remove(NAME)
    assert blobs.get(NAME) is None
    assert list(blobs.names()) == []


def test_a_part_that_a_dead_writer_left_is_nobodys_file(blobs: BlobFolder) -> None:
    place(blobs).parent.mkdir(parents=True)
    (place(blobs).parent / f".{NAME}.0123456789ab.part").write_bytes(CONTENT[:500])
    assert list(blobs.names()) == []
    assert not blobs.has(NAME)
    assert blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == CONTENT


def test_a_writer_killed_at_any_moment_leaves_whole_files_only(blobs: BlobFolder) -> None:
    """Writers end by kill -9 in the middle of their work; whatever has its name by then is whole."""
    contents = [bytes([number]) * 200_000 for number in range(200)]
    for _ in range(3):
        child = multiprocessing.get_context("fork").Process(target=_put_all, args=(blobs, contents))
        child.start()
        while child.is_alive() and len(list(blobs.names())) < 5:
            child.join(0.002)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        for name in blobs.names():
            assert blobs.get(name) is not None
        for name in list(blobs.names()):
            blobs.remove(name)


def test_many_writers_of_the_same_bytes_do_no_harm(blobs: BlobFolder) -> None:
    contents = [bytes([number]) * 5000 for number in range(20)]
    threads = [threading.Thread(target=_put_all, args=(blobs, contents)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    names = set(blobs.names())
    assert names == {hashlib.sha256(content).hexdigest() for content in contents}
    assert all(blobs.get(name) is not None for name in names)
    assert len(everything(blobs)) == len(names), "and no part of a file is left"


def test_a_disk_that_takes_nothing_is_transient(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Transient) as told:
        BlobFolder(tmp_path / "file").put(CONTENT)
    assert told.value.code == "files_away"


def test_a_failed_write_leaves_nothing(blobs: BlobFolder) -> None:
    """A folder stands where the file should: the last step, the name, fails."""
    place(blobs).mkdir(parents=True)
    (place(blobs) / "in the way").write_text("")
    with pytest.raises(Transient):
        blobs.put(CONTENT)
    assert everything(blobs) == ["in the way"]
    with pytest.raises(Transient):
        blobs.get(NAME)


def _put_all(blobs: BlobFolder, contents: list[bytes]) -> None:
    for content in contents:
        blobs.put(content)
