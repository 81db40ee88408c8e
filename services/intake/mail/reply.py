"""An answer to our mail: its writer's own words, without what was quoted and signed, and what they are. Pure.

Line by line, in Indonesian and English, as Gmail, Outlook, Yahoo, Apple Mail and Thunderbird write it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.intake.text import clean_text, says_something

ADDITION, ANSWER, NOT_SOLVED = "addition", "answer", "not_solved"

_MOST_LINES = 4_000
_ATTRIBUTION_LINES = 4
_HEADER_LINES = 6
_STARTS_ATTRIBUTION = re.compile(
    r"^[\s*]*(?:on|pada|le|am|el)\b|^[\s*]*\d{4}[-/]\d\d[-/]\d\d\b|^.{0,80}<[^<>\s]+@[^<>\s]+>", re.I
)
_ENDS_ATTRIBUTION = re.compile(
    r"(?:\b(?:wrote|writes|menulis|menuliskan)|<[^<>\s]+@[^<>\s]+>)\s*:\s*\*?\s*$", re.IGNORECASE
)
_SEPARATOR = re.compile(
    r"^\s*-{2,}\s*(?:original (?:message|appointment)|pesan asli|surel asli|forwarded message"
    r"|pesan (?:yang )?diteruskan|balas di atas garis ini|reply above this line)\b.*$"
    r"|^\s*(?:begin forwarded message|awal pesan yang diteruskan)\s*:\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*_{10,}\s*$")
_FIRST_HEADER = re.compile(r"^[\s*]*(?:from|dari)\s*:\**\s*\S", re.IGNORECASE)
_OTHER_HEADER = re.compile(
    r"^[\s*]*(?:sent|dikirim|terkirim|date|tanggal|to|kepada|ke|cc|subject|subjek|perihal|judul)\s*:", re.IGNORECASE
)
_SIGNATURE = re.compile(r"^\s*(?:--|—|__)\s*$")
_DEVICE = re.compile(
    r"^\s*\W{0,2}(?:sent from (?:my\b|mail for|yahoo|outlook|samsung|proton|gmail|the )"
    r"|(?:dikirim|terkirim) dari (?:iphone|ipad|hp\b|ponsel|yahoo|outlook|samsung|gmail"
    r"|perangkat|surel|mail|smartphone|android|telepon)"
    r"|(?:get|dapatkan|unduh) outlook (?:for|untuk)\b|yahoo mail\s*:|virus-free\.|bebas virus\.)",
    re.IGNORECASE,
)
_GREETING = (
    r"(?:(?:maaf|mohon maaf|halo|hai|hallo|dear|pak|bu|bpk|ibu|bapak|min|admin|kak|yth|selamat \w+|assalam\S*|re|ini)"
    r"\b[\s,.!:]*){0,4}"
)
_NOT_SOLVED = re.compile(
    rf"^\W*{_GREETING}(?:sampai (?:sekarang|saat ini|hari ini)[\s,]*)?(?:(?:masih|tetap|ternyata|nyatanya)\s+)?"
    r"(?:(?:belum|blm|blom|tidak|tdk)\s+(?:juga\s+|pernah\s+|sama sekali\s+|benar-benar\s+)?"
    r"(?:selesai|beres|tuntas|teratasi|terselesaikan|ditangani|diperbaiki|dikerjakan|diselesaikan|ditindaklanjuti|puas|sesuai"
    r"|ada (?:tindak|perbaikan|perubahan|penanganan|tindakan|hasil|yang datang|petugas))"
    r"|(?:belum|blm)\s*(?:[.,!?:;]|\n|$)"
    r"|(?:it(?:'s| is) )?(?:still )?not (?:yet )?(?:solved|fixed|resolved|done|repaired)\b"
    r"|still (?:broken|not)\b|unresolved\b)",
    re.IGNORECASE,
)


def own_words(body: str) -> str:
    """What the writer of an answer added; empty when everything was quoted. Never raises."""
    lines = clean_text(body).split("\n")[:_MOST_LINES]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.lstrip().startswith(">"):
            place += 1
            continue
        if _SIGNATURE.match(line) or _begins_rest(lines, place):
            break
        taken = _attribution(lines, place)
        if taken:
            if not _is_quoted_next(lines, place + taken):
                break
            place += taken
            continue
        if not _DEVICE.match(line):
            kept.append(line)
        place += 1
    return clean_text("\n".join(kept))


def read_purpose(words: str, *, awaited: bool) -> str:
    """One of contracts' `AdditionKind`; `awaited`: we had asked something."""
    if says_something(words) and _NOT_SOLVED.match(words[:400]):
        return NOT_SOLVED
    return ANSWER if awaited else ADDITION


def _begins_rest(lines: Sequence[str], place: int) -> bool:
    """From here on it is somebody else's mail, without marks."""
    line = lines[place]
    if _SEPARATOR.match(line):
        return True
    if _RULE.match(line):
        return any(_FIRST_HEADER.match(near) for near in lines[place + 1 : place + 4])
    if not _FIRST_HEADER.match(line):
        return False
    following = lines[place + 1 : place + 1 + _HEADER_LINES]
    return sum(1 for near in following if _OTHER_HEADER.match(near)) >= 2


def _attribution(lines: Sequence[str], place: int) -> int:
    """How many lines say "On … wrote:", wrapped or not; 0 for none."""
    if not _STARTS_ATTRIBUTION.search(lines[place][:300]):
        return 0
    joined = ""
    for count, line in enumerate(lines[place : place + _ATTRIBUTION_LINES], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}"[:600]
        if _ENDS_ATTRIBUTION.search(joined[-200:]):
            return count if re.search(r"\d", joined) else 0
    return 0


def _is_quoted_next(lines: Sequence[str], place: int) -> bool:
    following = next((line for line in lines[place:] if line.strip()), "")
    return following.lstrip().startswith(">")
