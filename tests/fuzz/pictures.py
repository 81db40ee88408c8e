"""Photos of strangers, by the way that uploads take: JPEG, PNG, WebP, and HEIF in its process of its own."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from services.intake.photos.exif import read_exif
from services.intake.photos.limits import LONGEST_SIDE
from services.intake.photos.refusals import SENTENCES
from services.intake.photos.store import PhotoStore
from services.intake.submission import KeptPhoto
from shared.blobs import BlobFolder
from tests.fuzz.harness import Harness, One, quick_folder, require
from tests.support import photo_files

PNG = b"\x89PNG\r\n\x1a\n"
WORDS = (
    "JFIF", "Exif", "IHDR", "IDAT", "IEND", "PLTE", "tRNS", "iCCP", "zTXt", "eXIf", "acTL", "RIFF", "WEBP", "VP8 ",
    "VP8L", "VP8X", "ICC_PROFILE", "Adobe", "II*", "MM", "ftyp", "heic", "mif1", "meta", "iloc", "iprp", "ispe",
    "mdat",
)  # fmt: skip


@contextmanager
def photos() -> Iterator[One]:
    with quick_folder() as folder:
        blobs = BlobFolder(folder)
        store = PhotoStore(blobs)

        def one(data: bytes) -> None:
            for content in (data, repaired(data)) if data.startswith(PNG) else (data,):
                _keep(store, blobs, content)
            read_exif(data)

        yield one


def _keep(store: PhotoStore, blobs: BlobFolder, content: bytes) -> None:
    found = store.keep([content])
    require(len(found.kept) + len(found.refused) == 1, "neither kept nor refused")
    require(all(code in SENTENCES for code in found.refused), f"refused as {found.refused}")
    for photo in found.kept:
        _check(photo, blobs)


def _check(photo: KeptPhoto, blobs: BlobFolder) -> None:
    """A small JPEG with no metadata, and a position that is on the globe."""
    for name in (photo.sha256, photo.preview):
        kept = blobs.get(name or "")
        require(kept is not None, "a kept file is not there")
        image = Image.open(io.BytesIO(kept or b""))
        image.load()
        require(image.format == "JPEG" and image.mode == "RGB", "kept as something else")
        require(max(image.size) <= LONGEST_SIDE, "kept too large")
        require(not image.getexif() and "icc_profile" not in image.info, "kept with metadata")
    if photo.latitude is not None and photo.longitude is not None:
        require(abs(photo.latitude) <= 90 and abs(photo.longitude) <= 180, "a position off the globe")


def repaired(data: bytes) -> bytes:
    """A PNG whose checksums are right: else every change would end there."""
    whole, at = bytearray(data), len(PNG)
    while at + 12 <= len(whole):
        length = struct.unpack_from(">I", whole, at)[0]
        end = at + 8 + length
        if end + 4 > len(whole):
            break
        struct.pack_into(">I", whole, end, zlib.crc32(whole[at + 4 : end]))
        at = end + 4
    return bytes(whole)


def seeds() -> list[bytes]:
    tiny = photo_files.scene(24, 18)
    located = photo_files.exif(orientation=6, gps=photo_files.gps())
    modes = [photo_files.png(tiny.convert(mode)) for mode in ("L", "P", "1", "RGBA", "LA")]
    return [
        photo_files.jpeg(tiny), photo_files.jpeg(tiny, progressive=True), photo_files.jpeg(tiny, exif=located),
        photo_files.jpeg(tiny.convert("CMYK")), photo_files.jpeg(tiny.convert("L")), photo_files.webp(tiny),
        photo_files.webp(tiny, lossless=True), photo_files.webp(tiny, exif=located), *modes, b"GIF89a", b"",
        photo_files.png_16_bit_rgb(9, 7),
        photo_files.jpeg(tiny)[:200],
    ]  # fmt: skip


def heif_seeds() -> list[bytes]:
    return [photo_files.heic(photo_files.scene(64, 64)), photo_files.heic(photo_files.scene(64, 64))[:300]]


def harnesses() -> list[Harness]:
    return [
        Harness("photo", photos, seeds, WORDS, most_seconds=15),
        Harness("photo_heif", photos, heif_seeds, WORDS, most_seconds=15),
    ]
