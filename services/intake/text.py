"""Cleaning what people and machines send: the same words, without what breaks databases, pages and messages."""

from __future__ import annotations

import codecs
import re
import unicodedata

# Control characters but tab and line feed, and lone surrogates: no database or message can carry NUL or surrogates.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_SPACES = re.compile(r"\s+")
CUT_MARK = "\n[… dipotong di sini: pesan aslinya lebih panjang]"


def clean_text(text: str) -> str:
    """NFC, line feeds as line ends, nothing unprintable, no blank edges. Cleaning twice changes nothing."""
    text = _UNWANTED.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """As `clean_text`, on one line."""
    return _SPACES.sub(" ", clean_text(text)).strip()


def says_something(text: str) -> bool:
    """Whether there is anything to see: blanks and invisible characters (a zero-width space) say nothing."""
    return any(unicodedata.category(sign) not in ("Cf", "Cc", "Zs", "Zl", "Zp") for sign in text)


def cut(text: str, most: int) -> str:
    """At most `most` characters; a text that was cut says so at its end."""
    if len(text) <= most:
        return text
    return text[: most - len(CUT_MARK)].rstrip() + CUT_MARK


def summary(text: str, most: int = 160) -> str:
    """The beginning of a text on one line, for receipts and lists."""
    line = clean_line(text[: most * 4])
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0].rstrip() + "…"


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    """Never fails: the declared charset, else UTF-8, else Windows-1252 with marks for what is no character there."""
    for name in (charset, "utf-8", "cp1252"):
        if not name or not is_for_text(name):
            continue
        try:
            return data.decode(name)
        except (LookupError, ValueError):  # UnicodeError is a ValueError; a name with NUL is one, too
            continue
    return data.decode("cp1252", "replace")


def is_for_text(charset: str) -> bool:
    """Whether a charset is one that is decoded. Asked by the codec's own name: Python knows each by many."""
    try:
        return codecs.lookup(charset).name not in _NOT_FOR_TEXT
    except (LookupError, ValueError):  # a name with NUL is a ValueError
        return False


# Codecs of Python that no mail declares in earnest; two of them take quadratic time.
_NOT_FOR_TEXT = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
