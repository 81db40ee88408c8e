"""The photo store around the decoding: how many, how long, how many at once, and what never happens."""

import copy
import os
import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import overload

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from services.intake.photos import decoding
from services.intake.photos.heading import read_heading
from services.intake.photos.limits import MOST_SECONDS
from services.intake.photos.refusals import SENTENCES, PhotoRefused
from services.intake.photos.store import KeptPhotos, PhotoStore
from services.intake.photos.uploads import Uploaded
from shared.blobs import BlobFolder
from shared.errors import Transient
from tests.support import photo_files as files
from tests.support.eventually import eventually

LONG = os.environ.get("TANGGAP_PROOF") == "long"
MANY = settings(
    max_examples=3000 if LONG else 150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GOOD = {
    "jpeg": files.jpeg(files.noise(64, 48), exif=files.exif(orientation=6, gps=files.gps())),
    "progressive": files.jpeg(files.noise(64, 48), progressive=True, icc_profile=files.display_p3_like()),
    "png": files.png(files.scene(64, 48, "RGBA"), exif=files.exif()),
    "palette": files.png(files.scene(64, 48).quantize(8)),
    "webp": files.webp(files.noise(64, 48), exif=files.exif()),
    "animation": files.saved(files.scene(64, 48), "WEBP", save_all=True, append_images=[files.noise(64, 48)]),
}


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(BlobFolder(tmp_path / "attachments"))


def test_five_are_kept_and_the_sixth_is_too_many(store: PhotoStore) -> None:
    photos = [files.jpeg(files.noise(40, 30 + number)) for number in range(7)]
    answer = store.keep(photos)
    assert [photo.height for photo in answer.kept] == [30, 31, 32, 33, 34]
    assert answer.refused == ("too_many", "too_many")


def test_what_is_no_photo_takes_no_ones_place(store: PhotoStore) -> None:
    photos = [files.jpeg(files.noise(40, 30 + number)) for number in range(5)]
    answer = store.keep([b"%PDF-1.7", *photos[:2], b"", *photos[2:], b"MZ"])
    assert len(answer.kept) == 5
    assert answer.refused == ("unsupported_type", "unreadable", "too_many")


def test_no_photos_are_no_photos(store: PhotoStore) -> None:
    assert store.keep([]) == KeptPhotos((), ())
    assert not store.blobs.root.exists()


def test_the_same_photo_twice_is_kept_once(store: PhotoStore) -> None:
    photo = files.jpeg()
    answer = store.keep([photo, photo])
    assert len(answer.kept) == 1
    assert answer.refused == ()
    assert store.keep([photo]).kept == answer.kept
    assert len(list(store.blobs.names())) == 2, "the photo and its preview"


def test_a_full_disk_is_no_fault_of_the_photo(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("a file where the folder should be")
    with pytest.raises(Transient):
        PhotoStore(BlobFolder(tmp_path / "attachments")).keep([files.jpeg()])


class Watched(Sequence[bytes]):
    """Photos that tell how many are being worked on, and wait for each other as long as `gate` is shut."""

    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate
        self.started = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        with self._lock:
            self.started += 1
        assert self.gate.wait(20)
        return GOOD["jpeg"]


def test_two_are_read_at_once_and_the_others_wait_or_are_told_to_come_again(tmp_path: Path) -> None:
    gate = threading.Event()
    watched = Watched(gate)
    store = PhotoStore(BlobFolder(tmp_path), waiting_seconds=20)
    threads = [threading.Thread(target=store.keep, args=(watched,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    eventually(lambda: watched.started == 2, 20)
    hurried = copy.copy(store)  # the same readers
    hurried.waiting_seconds = 0.05
    with pytest.raises(Transient) as told:
        hurried.keep([files.jpeg()])
    assert told.value.code == "photos_busy"
    assert watched.started == 2
    gate.set()
    for thread in threads:
        thread.join(20)
    assert watched.started == 5
    assert len(store.keep([files.jpeg()]).kept) == 1


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_photo_may_take_only_so_long(kind: str) -> None:
    """Each look at the clock is a second; the photo is read in small pieces."""
    passed = iter(range(10_000))
    content = files.jpeg(files.noise(1600, 1200), quality=97) if kind == "jpeg" else files.png(files.noise(900, 900))
    assert len(content) > (MOST_SECONDS + 2) * 65_536
    with pytest.raises(PhotoRefused) as told:
        decoding.decode(content, read_heading(content), lambda: float(next(passed)))
    assert told.value.code == "unreadable"


@settings(
    max_examples=3000 if LONG else 150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_changed_photo_makes_it_raise(store: PhotoStore, data: st.DataObject) -> None:
    content = bytearray(GOOD[data.draw(st.sampled_from(sorted(GOOD)))])
    for _ in range(data.draw(st.integers(0, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    more = data.draw(st.binary(max_size=20))
    answer = store.keep([bytes(content[:cut]) + more])
    assert len(answer.kept) + len(answer.refused) == 1
    assert set(answer.refused) <= set(SENTENCES)
    for photo in answer.kept:
        stored = store.blobs.get(photo.sha256)
        assert stored is not None
        assert files.opened(stored).size == (photo.width, photo.height)
        assert files.SECRET not in stored


@settings(
    max_examples=3000 if LONG else 150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8X", b"RIFF\x40\0\0\0WEBPVP8L"])
    | st.sampled_from([b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1"]),
    st.binary(max_size=300),
)  # fmt: skip
def test_no_bytes_make_it_raise(store: PhotoStore, start: bytes, rest: bytes) -> None:
    answer = store.keep([start + rest])
    assert answer.kept == ()
    assert len(answer.refused) == 1


@settings(MANY, max_examples=200 if LONG else 6)
@given(st.data())
def test_no_changed_heic_makes_it_raise(store: PhotoStore, data: st.DataObject) -> None:
    content = bytearray(files.heic(files.scene(64, 48), exif=files.exif().tobytes()))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    answer = store.keep([bytes(content)])
    assert len(answer.kept) + len(answer.refused) == 1


def test_uploads_are_read_when_their_turn_comes() -> None:
    chosen = FileStorage(stream=BytesIO(b"abc"), filename="IMG_1.jpg")
    unnamed = FileStorage(stream=BytesIO(b"def"), filename="")
    nothing = FileStorage(stream=BytesIO(b""), filename="")
    empty = FileStorage(stream=BytesIO(b""), filename="IMG_2.jpg")
    uploaded = Uploaded([chosen, nothing, unnamed, empty])
    assert list(uploaded) == [b"abc", b"def", b""]
    assert uploaded[0] == b"abc", "again"
    assert uploaded[:2] == [b"abc", b"def"]
    large = Uploaded([FileStorage(stream=BytesIO(bytes(10_000_100)), filename="x")])
    assert len(large[0]) == 10_000_001
