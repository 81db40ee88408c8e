"""The segments of a JPEG file before its picture begins. Nothing is decoded; pure.

Metadata are taken out here, so that whatever decodes the picture never meets them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from services.intake.photos.refusals import UNREADABLE, PhotoRefused

_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Sequential and progressive pictures. What else the standard knows (lossless, arithmetic) no camera makes."""
_PROGRESSIVE = 0xC2
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - _FRAMES - {0xC4, 0xC8, 0xCC}
_APP1, _APP2, _ADOBE = 0xE1, 0xE2, 0xEE
_METADATA = frozenset({*range(0xE0, 0xF0), 0xFE})
"""Application data and comments."""
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_ICC = b"ICC_PROFILE\0"
_MOST_SEGMENTS = 2_000
_MOST_JUNK = 65_536


@dataclass
class JpegFile:
    """`lean` is the file without metadata. `coefficients` is how many a decoder must hold at once (0: it need not)."""

    width: int = 0
    height: int = 0
    components: int = 0
    scans: int = 0
    coefficients: int = 0
    progressive: bool = False
    exif: bytes = b""
    icc: bytes = b""
    lean: bytes = field(default=b"", repr=False)
    _sampling: tuple[tuple[int, int], ...] = ()
    _kept: list[bytes] = field(default_factory=list, repr=False)
    _icc_parts: dict[int, bytes] = field(default_factory=dict, repr=False)


def read_jpeg(content: bytes) -> JpegFile:
    """Raises `PhotoRefused` for what has no picture."""
    file = JpegFile(_kept=[content[:2]])
    at, junk = 2, 0
    for _ in range(_MOST_SEGMENTS):
        start = content.find(b"\xff", at)
        junk += start - at
        if start < 0 or junk > _MOST_JUNK:
            break
        while content[start + 1 : start + 2] == b"\xff":
            start += 1
        kind = content[start + 1] if start + 1 < len(content) else _END
        if kind == _END:
            break
        if kind == 0 or kind in _STANDALONE:
            at = start + 2
            continue
        length = struct.unpack(">H", content[start + 2 : start + 4].ljust(2, b"\0"))[0]
        at = start + 2 + length
        if length < 2 or at > len(content):
            break
        if kind == _SCAN:
            return _begin_picture(file, content, start)
        _take(file, kind, content[start:at])
    raise PhotoRefused(UNREADABLE)


def _take(file: JpegFile, kind: int, segment: bytes) -> None:
    body = segment[4:]
    if kind in _OTHER_FRAMES:
        raise PhotoRefused(UNREADABLE)
    if kind in _FRAMES:
        _take_frame(file, kind, body)
    elif kind == _APP1 and body.startswith(b"Exif\0\0"):
        file.exif = file.exif or body
    elif kind == _APP2 and body.startswith(_ICC) and len(body) > 14:
        file._icc_parts.setdefault(body[12], body[14:])
    if kind not in _METADATA or kind == _ADOBE or body.startswith(b"JFIF\0"):  # these two say what the colours are
        file._kept.append(segment)


def _take_frame(file: JpegFile, kind: int, body: bytes) -> None:
    if len(body) < 6 or file.components:
        raise PhotoRefused(UNREADABLE)
    precision, file.height, file.width, file.components = struct.unpack(">BHHB", body[:6])
    file.progressive = kind == _PROGRESSIVE
    sampling = [body[7 + 3 * number : 8 + 3 * number] for number in range(file.components)]
    file._sampling = tuple((one[0] >> 4, one[0] & 15) for one in sampling if one)
    complete = len(file._sampling) == file.components and all(part for one in file._sampling for part in one)
    if precision != 8 or file.components not in (1, 3, 4) or not (file.width and file.height and complete):
        raise PhotoRefused(UNREADABLE)


def _begin_picture(file: JpegFile, content: bytes, start: int) -> JpegFile:
    """The coefficients of a picture that comes in several scans are all held until the last one."""
    if not file.components or len(content) <= start + 4:
        raise PhotoRefused(UNREADABLE)
    file.scans = content.count(b"\xff\xda", start)
    if file.progressive or content[start + 4] < file.components:
        widest, highest = (max(one[side] for one in file._sampling) for side in (0, 1))
        shares = sum(across * down for across, down in file._sampling) / (widest * highest)
        file.coefficients = int((file.width + 64) * (file.height + 64) * shares)
    file.icc = b"".join(file._icc_parts[number] for number in sorted(file._icc_parts))
    end = b"\xff\xd9" if file.coefficients else b""  # an unfinished one shows what its scans had brought so far
    file.lean = b"".join((*file._kept, memoryview(content)[start:], end))
    return file
