"""Keeping photos: the one thing that channels use of this package."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from services.intake.photos.decoding import Picture, decode
from services.intake.photos.heading import HEIF, Heading, read_heading
from services.intake.photos.limits import (
    AT_ONCE,
    LIGHT_MEMORY,
    MOST_PHOTOS,
    MOST_WAITING_SECONDS,
    PREVIEW_QUALITY,
    PREVIEW_SIDE,
    QUALITY,
)
from services.intake.photos.picture import encoded, preview_of
from services.intake.photos.refusals import TOO_MANY, PhotoRefused
from services.intake.submission import KeptPhoto
from shared.blobs import BlobFolder
from shared.errors import Transient
from shared.observability.logs import get_logger

log = get_logger("photos")
MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True)
class KeptPhotos:
    """`refused` holds a reason code for each photo that is not among the kept ones, in their order."""

    kept: tuple[KeptPhoto, ...]
    refused: tuple[str, ...]


class PhotoStore:
    """One for each process, so that its limits hold. Safe to share between threads.

    Photos are read by a few threads of its own: they bound how many are decoded at once, and memory that has held
    pictures stays theirs instead of being kept by each thread of the web server.
    """

    def __init__(self, blobs: BlobFolder, *, waiting_seconds: float = MOST_WAITING_SECONDS) -> None:
        self.blobs = blobs
        self.waiting_seconds = waiting_seconds
        self._readers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photos")
        self._alone = threading.Lock()

    def keep(self, contents: Sequence[bytes]) -> KeptPhotos:
        """Reads, re-encodes and keeps each; what is kept survives a power cut, and may be kept again at no harm.

        Each is asked for when its turn has come, so `contents` may read its files only then. The same photo twice is
        kept once. Never raises for what the bytes are; `Transient` when nothing can be kept now (disk full, or too
        many others wait).
        """
        kept: dict[str, KeptPhoto] = {}
        refused: list[str] = []
        tried = 0
        for number in range(len(contents)):
            if tried == MOST_PHOTOS:
                refused.append(TOO_MANY)
                continue
            done = self._done(contents, number)
            tried += done.tried
            if done.photo is None:
                refused.append(done.code)
                log.info("photo_refused", code=done.code)
            else:
                kept[done.photo.sha256] = done.photo
                log.info("photo_kept", size=done.photo.size, width=done.photo.width, height=done.photo.height)
        return KeptPhotos(tuple(kept.values()), tuple(refused))

    def _done(self, contents: Sequence[bytes], number: int) -> _Done:
        begun = threading.Event()

        def read() -> _Done:
            begun.set()
            return self._read(contents[number])

        turn = self._readers.submit(read)
        if not begun.wait(self.waiting_seconds) and turn.cancel():
            raise Transient("too many photos wait to be read", code="photos_busy")
        return turn.result()

    def _read(self, content: bytes) -> _Done:
        tried = False
        try:
            heading = read_heading(content)
            tried = True  # whatever comes of it, decoding is what costs
            return _Done(tried, self._stored(self._decoded(content, heading)))
        except PhotoRefused as reason:
            return _Done(tried, code=reason.code)

    def _decoded(self, content: bytes, heading: Heading) -> Picture:
        if heading.kind != HEIF and heading.memory <= LIGHT_MEMORY:
            return decode(content, heading)
        with self._alone:
            return decode(content, heading)

    def _stored(self, picture: Picture) -> KeptPhoto:
        image = picture.image
        preview = encoded(preview_of(image, PREVIEW_SIDE), PREVIEW_QUALITY)
        content = encoded(image, QUALITY)
        return KeptPhoto(
            sha256=self.blobs.put(content),
            media_type=MEDIA_TYPE,
            size=len(content),
            width=image.width,
            height=image.height,
            preview=self.blobs.put(preview),
            latitude=picture.latitude,
            longitude=picture.longitude,
        )


@dataclass(frozen=True)
class _Done:
    """Of one photo: the kept one, or why it is none."""

    tried: bool
    photo: KeptPhoto | None = None
    code: str = ""
