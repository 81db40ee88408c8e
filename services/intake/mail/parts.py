"""The parts of a mail: its words, its pictures, and what is neither. Pure, and never fails."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from services.intake.mail.html import html_to_text
from services.intake.text import clean_line, clean_text, decode_bytes, is_for_text, says_something

MOST_PICTURES = 5
MOST_PICTURE_BYTES = 10_000_000
LEAST_PICTURE_BYTES = 3_000
LEAST_PICTURE_PIXELS = 100
"""A picture smaller than that on either side, or in bytes, is a logo or a tracking pixel."""

_MOST_PARTS = 200
_MOST_DEPTH = 100
_MOST_PART_BYTES = 1_000_000
_TEXTS = ("text/plain", "text/html")
_NOT_ATTACHED = (
    *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"),
    *("message/delivery-status", "message/global-delivery-status", "message/disposition-notification"),
)
_ALIASES = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii",
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso-8859-8", "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8", "cp-850": "cp850", "win-1252": "cp1252", "x-sjis": "cp932", "shift_jis": "cp932",
}  # fmt: skip
_ENCRYPTED = ("multipart/encrypted", "application/x-microsoft-rpmsg-message", "application/pgp-encrypted")
_ENVELOPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PGP = re.compile(r"^\s*-----BEGIN PGP MESSAGE-----")


@dataclass(frozen=True)
class Words:
    """`text` is plain, whole: quotes and signatures are still in it. `guessed`: a declared charset was not true."""

    text: str = ""
    guessed: bool = False


@dataclass(frozen=True)
class Attached:
    """`pictures` are those that may be photos. `documents` counts what a person would have to open to read it."""

    pictures: tuple[bytes, ...] = ()
    documents: int = 0
    left_out: int = 0
    """Pictures beyond the limits of number or size."""


def leaves(message: Message) -> Iterator[Message]:
    """Every part that has no parts of its own, in order, not into attached mails, and not without end."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        children = _children(part)
        if children:
            waiting[:0] = children
        else:
            yield part


def read_words(message: Message) -> Words:
    """Of alternatives the plain one when it says something; else everything that is text and no attachment."""
    pieces = [piece for piece in _pieces(message, 0) if piece.text.strip()]
    text = clean_text("\n\n".join(piece.text.strip() for piece in pieces))
    return Words(text, any(piece.guessed for piece in pieces))


def read_attached(message: Message) -> Attached:
    pictures: dict[bytes, None] = {}
    documents = left_out = 0
    for part in leaves(message):
        type_ = part.get_content_type()
        if type_ in _NOT_ATTACHED or _is_text(part) or part.get_content_maintype() == "multipart":
            continue
        content = payload(part)
        if not is_picture(content, type_):
            documents += 1 if content or type_.startswith("message/") else 0
        elif len(content) > MOST_PICTURE_BYTES:
            left_out += 1
        elif is_photo(content):
            pictures[content] = None
    found = tuple(pictures)
    return Attached(found[:MOST_PICTURES], documents, left_out + len(found[MOST_PICTURES:]))


def is_encrypted(message: Message, words: str) -> bool:
    """Nothing of it can be read here: encrypted, or signed in a way that hides the words."""
    types = {message.get_content_type(), *(part.get_content_type() for part in leaves(message))}
    if types & set(_ENCRYPTED) or _PGP.match(words):
        return True
    return bool(types & set(_ENVELOPES)) and not says_something(words)


def is_picture(content: bytes, type_: str) -> bool:
    """By its first bytes, or by its declared type; drawings with a program in them (SVG) are no photos."""
    if type_ == "image/svg+xml":
        return False
    return type_.startswith("image/") or _looks_like_picture(content)


def is_photo(content: bytes) -> bool:
    """No logo, no tracking pixel."""
    if len(content) < LEAST_PICTURE_BYTES:
        return False
    size = _pixels(content)
    return size is None or min(size) >= LEAST_PICTURE_PIXELS


def payload(part: Message) -> bytes:
    try:
        decoded = part.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else str(part.get_payload()).encode("utf-8", "surrogateescape")
    except Exception:  # noqa: BLE001 - a broken transfer encoding: what the part holds undecoded is better than nothing
        return undecoded(part).encode("utf-8", "replace")


def undecoded(part: Message) -> str:
    try:
        return str(part.get_payload())
    except Exception:  # noqa: BLE001 - a malformed charset parameter makes it raise
        return ""


def inner(part: Message) -> list[Message]:
    """The parsed parts below it, also of an attached mail or a status part; asking for a payload may raise."""
    children = part.get_payload() if part.is_multipart() else []
    return [child for child in children if isinstance(child, Message)]


def file_name(part: Message) -> str:
    try:
        return clean_line(str(part.get_filename() or ""))[:120]
    except Exception:  # noqa: BLE001 - malformed parameters raise several kinds of errors
        return ""


def decode_declared(data: bytes, charset: str | None) -> Words:
    """Never fails. Where nothing was declared, UTF-8 is no guess; a declaration that is not true makes one."""
    declared = (charset or "").strip().strip("\"'").lower()
    name = _ALIASES.get(declared, declared)
    if name and is_for_text(name):
        try:
            return Words(data.decode(name))
        except (LookupError, ValueError):  # UnicodeError is a ValueError; a name with NUL is one, too
            pass
    text = decode_bytes(data)
    undeclared_utf8 = not name and _is_utf8(data)
    return Words(text, not undeclared_utf8)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _pieces(part: Message, depth: int) -> list[Words]:
    children = _children(part)
    if children and depth < _MOST_DEPTH:
        groups = [_pieces(child, depth + 1) for child in children[:_MOST_PARTS]]
        if part.get_content_type() != "multipart/alternative":
            return [piece for group in groups for piece in group]
        return next((group for group in groups if any(says_something(piece.text) for piece in group)), [])
    return [_words_of(part)] if _is_text(part) else []


def _words_of(part: Message) -> Words:
    words = decode_declared(payload(part)[:_MOST_PART_BYTES], _charset(part))
    return Words(html_to_text(words.text), words.guessed) if part.get_content_type() == "text/html" else words


def _children(part: Message) -> list[Message]:
    return inner(part) if part.get_content_maintype() == "multipart" else []


def _is_text(part: Message) -> bool:
    """Also a multipart that turned out to have no parts: somebody's program forgot the boundary."""
    readable = part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart"
    return readable and not str(part.get("content-disposition", "")).lower().strip().startswith("attachment")


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - malformed parameters raise several kinds of errors
        return None


def _looks_like_picture(content: bytes) -> bool:
    head = content[:16]
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"hevc"))
    )


def _pixels(content: bytes) -> tuple[int, int] | None:
    """(width, height) as the file's beginning says; None when it does not say so in a way known here."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", content[16:24])
        if content[:4] == b"GIF8":
            return struct.unpack("<HH", content[6:10])
        return _jpeg_pixels(content) if content.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + max(length, 2)
    return None
