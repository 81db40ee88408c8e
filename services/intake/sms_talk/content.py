"""Whether a message says anything of what or where, and what its first words tell about its form. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

ASKS = ("what", "where")

# Words that name nothing: greetings, pleas, forms of address, particles, and "broken" without what is broken. A word
# that is not here counts as content: one question too many annoys, and the desk sees every complaint anyway.
_EMPTY = frozenset({
    "a", "ada", "adakah", "adm", "admin", "aduan", "agar", "aja", "akan", "aku", "alaikum", "anda", "apa", "apakah",
    "as", "askum", "ass", "assalamu", "assalamualaikum", "asslmkm", "atas", "aw", "bagaimana", "bagi", "bang",
    "banget", "bantu", "bantuan", "bantuannya", "bantuin", "bapa", "bapak", "begini", "begitu", "bgt", "bisa", "blh",
    "boleh", "bos", "bpk", "bro", "bu", "buat", "bund", "bunda", "cara", "cek", "coba", "dan", "dari", "dear", "deh",
    "deng", "dengan", "dgn", "di", "dimana", "dlu", "dong", "donk", "dulu", "entah", "gan", "gimana", "gini", "gitu",
    "gmn", "hai", "hallo", "halo", "hei", "hello", "hi", "ibu", "ijin", "ini", "itu", "iya", "izin", "jadi", "jelek",
    "jg", "juga", "ka", "kah", "kak", "kakak", "kami", "kang", "kapan", "kasih", "ke", "keluhan", "keluhannya",
    "kenapa", "kepada", "kita", "ko", "kok", "kpd", "krn", "ksh", "lagi", "lah", "lapor", "laporan", "laporannya",
    "lg", "makasih", "mas", "masalah", "masalahnya", "mau", "mba", "mbak", "melapor", "melaporkan", "mengadu",
    "mengeluh", "mhn", "mimin", "min", "minta", "mksh", "mo", "mohon", "mohonn", "monggo", "neng", "ngadu",
    "ngelapor", "nih", "nya", "ok", "oke", "p", "pa", "pagi", "pak", "parah", "pengaduan", "permisi", "please", "pls",
    "punten", "rusak", "sama", "sampurasun", "sangat", "saya", "sekali", "selamat", "selamet", "semua", "siang",
    "sib", "sih", "slmt", "sm", "sore", "sy", "sya", "tanya", "teh", "terima", "terimakasih", "tes", "test",
    "testing", "the", "thx", "tindak", "tindaklanjuti", "tks", "tlg", "tlng", "tolong", "tolongin", "tong",
    "trimakasih", "trims", "trmksh", "untuk", "urgent", "utk", "wa", "wassalam", "wb", "wr", "ya", "yaa", "yah",
    "yang", "yg", "yth",
})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_LAUGHTER = re.compile(r"(?:wk|ha|he|hi){2,}")
_LEAST_SIGNS = 2
_PREFIX = re.compile(r"^\s*(?P<word>[A-Za-z][A-Za-z0-9.\- ]{1,30}?)\s*#\s*(?P<rest>\S.*)$", re.DOTALL)
_SPACED = re.compile(r"^\s*lapor\s+(?P<city>[A-Za-z]+)\b\W*\w", re.IGNORECASE)


def says_too_little(text: str) -> bool:
    """Whether it says nothing of what or where. When in doubt it says enough."""
    return all(_is_empty(word) for word in _WORD.findall(text.lower()))


def read_prefix(text: str, city: str, agencies: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The text without a leading `LAPOR#`, and flags for what stood before it.

    `LAPOR CITY ...` and `NAME#...` are marked and stay in the text, since the rules may know the name. A name that is
    no agency's code is not repeated in the flag: it may be a person's.
    """
    flags: list[str] = []
    match = _PREFIX.match(text)
    if match is not None and match["word"].lower() == "lapor":
        flags.append("prefix:lapor")
        text = match["rest"]
        match = _PREFIX.match(text)
    if match is not None:
        known = match["word"].upper() in agencies
        flags.append(f"prefix:{match['word'].lower()}" if known else "prefix:other")
    spaced = _SPACED.match(text)
    if spaced is not None and spaced["city"].lower() == city.lower().split()[-1]:
        flags.append("prefix:lapor_city")
    return text, tuple(flags)


def _is_empty(word: str) -> bool:
    bare = re.sub(r"(.)\1+$", r"\1", word)  # "tolonggg", "halooo"
    return len(word) < _LEAST_SIGNS or word in _EMPTY or bare in _EMPTY or _LAUGHTER.fullmatch(word) is not None
