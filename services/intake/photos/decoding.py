"""From a photo's bytes to small, flat, upright pixels. In this process: JPEG, PNG, WebP.

A photo whose end is missing (a phone that ran out of memory, a broken card) shows what there is of it, cut to that:
half of a hole in the road is still a hole in the road, and nobody can take last week's photo again.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from services.intake.photos.exif import UPRIGHT, Exif, read_exif
from services.intake.photos.heading import HEIF, JPEG, PNG, WEBP, Heading, check_size, fitted
from services.intake.photos.heif import decode_heif
from services.intake.photos.limits import LEAST_VISIBLE, MOST_SECONDS
from services.intake.photos.picture import flattened, in_srgb, resized, upright
from services.intake.photos.refusals import TOO_MANY_PIXELS, UNREADABLE, PhotoRefused

Monotonic = Callable[[], float]


@dataclass(frozen=True)
class Picture:
    """`image` is RGB, upright, and no longer than a photo is kept; the position is where it was taken, if it says."""

    image: Image.Image
    latitude: float | None = None
    longitude: float | None = None


def decode(content: bytes, heading: Heading, monotonic: Monotonic = time.monotonic) -> Picture:
    """Raises `PhotoRefused`, whatever is wrong with the bytes."""
    try:
        if heading.kind == HEIF:
            image, exif_bytes, profile = decode_heif(content)
            exif = read_exif(exif_bytes)
            turned = UPRIGHT  # a HEIF file turns itself; what its EXIF data say of it is a repetition
        else:
            image, exif, profile = _decode_here(content, heading, monotonic() + MOST_SECONDS, monotonic)
            turned = exif.orientation
        return Picture(upright(in_srgb(resized(image), profile), turned), exif.latitude, exif.longitude)
    except PhotoRefused:
        raise
    except MemoryError as error:
        raise PhotoRefused(TOO_MANY_PIXELS) from error
    except Exception as error:  # every library has its own ways to fail, and the list of them is never complete
        raise PhotoRefused(UNREADABLE) from error


def _decode_here(
    content: bytes, heading: Heading, deadline: float, monotonic: Monotonic
) -> tuple[Image.Image, Exif, bytes]:
    lean = content if heading.jpeg is None else heading.jpeg.lean
    image = _READERS[heading.kind](_Hurried(lean, deadline, monotonic))
    if image.width * image.height != heading.width * heading.height:
        check_size(image.width, image.height, heading.memory)
        raise PhotoRefused(UNREADABLE)
    if heading.jpeg is not None:
        image.draft(None, fitted(*image.size))
        seen = _load(image)
        return seen, read_exif(heading.jpeg.exif), heading.jpeg.icc
    seen = flattened(_load(image))
    exif, profile = image.info.get("exif", b""), image.info.get("icc_profile") or b""
    return seen, read_exif(exif if isinstance(exif, bytes) else b""), profile


def _load(image: ImageFile.ImageFile) -> Image.Image:
    """The pixels; of an unfinished picture those that are there, when they are worth it."""
    try:
        image.load()
        return image
    except OSError:
        if image.width * image.height == 0 or image.format == "WEBP":
            raise
        image.tile = []  # no further try: what was decoded so far stays
        box = image.getbbox(alpha_only=False)
        visible = box[3] if box else 0
        if visible < LEAST_VISIBLE * image.height:
            raise
        return image.crop((0, 0, image.width, visible))


class _Hurried(io.BytesIO):
    """A file that cannot be read for longer than until the deadline."""

    def __init__(self, content: bytes, deadline: float, monotonic: Monotonic) -> None:
        super().__init__(content)
        self._deadline = deadline
        self._monotonic = monotonic

    def read(self, size: int | None = -1, /) -> bytes:
        if self._monotonic() > self._deadline:
            raise PhotoRefused(UNREADABLE)
        return super().read(size)


_READERS: Mapping[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    JPEG: JpegImageFile,
    PNG: PngImageFile,
    WEBP: WebPImageFile,
}
