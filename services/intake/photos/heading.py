"""What a file is and how much decoding it would take, from its first bytes. Nothing is decoded; pure.

Names and declared types are not asked: only the bytes are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from services.intake.photos.jpeg_segments import JpegFile, read_jpeg
from services.intake.photos.limits import LONGEST_SIDE, MOST_BYTES, MOST_MEMORY, MOST_PIXELS, MOST_SCANS
from services.intake.photos.refusals import TOO_LARGE, TOO_MANY_PIXELS, UNREADABLE, UNSUPPORTED_TYPE, PhotoRefused

JPEG, PNG, WEBP, HEIF = "jpeg", "png", "webp", "heif"
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_ISO_IMAGE_BRANDS = frozenset({b"mif1", b"msf1"})
_PNG_START = b"\x89PNG\r\n\x1a\n"
_WEBP_BYTES_PER_PIXEL = 16
"""The decoder's canvas, the frame before, its answer, and ours, of 4 bytes each."""


@dataclass(frozen=True)
class Heading:
    """`memory` is what decoding takes at most, in bytes. Of a HEIF file nothing is known before it is opened."""

    kind: str
    width: int = 0
    height: int = 0
    memory: int = 0
    jpeg: JpegFile | None = None


def read_heading(content: bytes) -> Heading:
    """Raises `PhotoRefused`: too large, not a photo, cannot be one, or more pixels than we decode."""
    if len(content) > MOST_BYTES:
        raise PhotoRefused(TOO_LARGE)
    if not content:
        raise PhotoRefused(UNREADABLE)
    kind = kind_of(content)
    if kind == HEIF:
        return Heading(kind)
    heading = {JPEG: _jpeg, PNG: _png, WEBP: _webp}[kind](content)
    check_size(heading.width, heading.height, heading.memory)
    return heading


def kind_of(content: bytes) -> str:
    """Raises `PhotoRefused` for anything but the four kinds of photos."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(_PNG_START):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp":
        end = min(struct.unpack(">I", content[:4])[0], 256)
        brands = {content[at : at + 4] for at in (8, *range(16, end, 4))}
        if content[8:12] in _HEIF_BRANDS | _ISO_IMAGE_BRANDS and brands & _HEIF_BRANDS:
            return HEIF
    raise PhotoRefused(UNSUPPORTED_TYPE)


def check_size(width: int, height: int, memory: int = 0, *, most_pixels: int = MOST_PIXELS) -> None:
    """Raises `PhotoRefused`."""
    if width <= 0 or height <= 0:
        raise PhotoRefused(UNREADABLE)
    if width * height > most_pixels or memory > MOST_MEMORY:
        raise PhotoRefused(TOO_MANY_PIXELS)


def fitted(width: int, height: int, longest: int = LONGEST_SIDE) -> tuple[int, int]:
    """The size with the longest side as wanted; what is smaller stays."""
    share = min(1.0, longest / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def shrinking(width: int, height: int) -> int:
    """By how much a picture may be shrunk at once: a whole number that leaves it no smaller than it will be."""
    across, down = fitted(width, height)
    return max(1, min(width // across, height // down))


def _jpeg(content: bytes) -> Heading:
    file = read_jpeg(content)
    if file.coefficients and file.scans > MOST_SCANS:
        raise PhotoRefused(UNREADABLE)
    scale = next(scale for scale in (8, 4, 2, 1) if scale <= shrinking(file.width, file.height))
    pixels = (file.width // scale + 1) * (file.height // scale + 1)
    memory = pixels * (1 if file.components == 1 else 4) + 2 * file.coefficients
    return Heading(JPEG, file.width, file.height, memory, file)


def _png(content: bytes) -> Heading:
    if len(content) < 26 or content[12:16] != b"IHDR":
        raise PhotoRefused(UNREADABLE)
    width, height, depth, colours = struct.unpack(">IIBB", content[16:26])
    if depth not in (1, 2, 4, 8, 16) or colours not in (0, 2, 3, 4, 6):
        raise PhotoRefused(UNREADABLE)
    bytes_per_pixel = 4 if colours in (2, 4, 6) else 2 if depth == 16 else 1
    shrunk = width * height // shrinking(max(1, width), max(1, height)) ** 2
    plain = colours == 2 and b"tRNS" not in content[:65_536]
    return Heading(PNG, width, height, width * height * bytes_per_pixel + (0 if plain else 4 * shrunk))


def _webp(content: bytes) -> Heading:
    """Of an animation, the canvas. Three ways to say the size, after the kind of the first chunk."""
    chunk, body = content[12:16], content[20:30]
    if len(body) < 10:
        raise PhotoRefused(UNREADABLE)
    if chunk == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    elif chunk == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    else:
        raise PhotoRefused(UNREADABLE)
    return Heading(WEBP, width, height, width * height * _WEBP_BYTES_PER_PIXEL)
