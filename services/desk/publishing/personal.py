"""What in a text looks as if it told who somebody is or where he or she lives. Pure.

It finds shapes: numbers, addresses, names behind a form of address. A name that stands alone it cannot know, so a
person reads every text before it is public; this only says where to look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.observability.masking import find_masked
from shared.sentences import sentence

WORDS = {
    "identity": sentence("nomor identitas"),
    "email": sentence("alamat surel"),
    "phone": sentence("nomor telepon"),
    "link": sentence("alamat internet"),
    "account": sentence("akun media sosial"),
    "plate": sentence("pelat nomor kendaraan"),
    "house": sentence("nomor rumah"),
    "rt": sentence("RT"),
    "name": sentence("nama orang"),
    "born": sentence("tanggal lahir"),
    "number": sentence("nomor panjang"),
}
"""What each kind of finding is called."""

CERTAIN = frozenset({"identity", "email", "phone"})
"""These never become public; of the others a person says that they were looked at."""

_INSTEAD = {
    "identity": "[nomor identitas]", "email": "[surel]", "phone": "[telepon]", "link": "[tautan]",
    "account": "[akun]", "plate": "[pelat nomor]", "house": "[nomor rumah]", "rt": "", "name": "[nama]",
    "born": "[tanggal lahir]", "number": "[nomor]",
}  # fmt: skip

_NAME = r"[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*"
_NO_SURNAME = (
    r"(?:Jl|Jln|Jalan|Gg|Gang|RT|RW|No|Nomor|Blok|Kel|Kec|Kelurahan|Kecamatan|Desa|Di|Ke|Dan|Yang|Dari|Untuk|NIK|"
    r"Hp|HP|WA)"
)
_CAPITAL = rf"(?!{_NO_SURNAME}(?!\w))[A-Z][^\W\d_]*(?:['’.-][^\W\d_]+)*"
_ADDRESSED = re.compile(
    rf"(?<!\w)(?i:bapak|bpk|pak|ibu|bu|sdr|sdri|saudara|saudari|tuan|nyonya|ny|tn)\b\.?[ ]+"
    rf"({_NAME}(?:[ ]+{_CAPITAL}){{0,3}})"
)
_INTRODUCED = re.compile(
    rf"(?<!\w)(?i:nama saya|atas nama|a\.n\.?|an\.|bernama|nama|hormat saya,?|ttd\.?|salam,|mas|mbak|kang|teh|mang|"
    rf"haji|hj\.?|h\.|ust\.?|ustadz?|saya|oleh)[ :]+\s?({_CAPITAL}(?:[ ]+{_CAPITAL}){{0,3}})"
)
_STREET = re.compile(
    r"(?<!\w)(?i:jl|jln|jalan|gg|gang|masjid|mesjid|mushola|komplek|kompleks|perumahan|pasar|sd|smp|sma|smk|rs|rsia)\.?\s+$"
)
_NO_NAMES = frozenset((
    "admin", "agar", "akan", "anda", "anggota", "atau", "bapak", "bidan", "bupati", "bisa", "camat", "dan",
    "danramil", "dari", "dengan", "dewan", "di", "dinas", "dokter", "dosen", "gubernur", "guru", "hakim", "hamil",
    "ibu", "ini", "itu", "jaksa", "jalan", "juga", "kader", "kadis", "kami", "kandung", "kantor", "kapolres",
    "kapolsek", "kecamatan", "kelurahan", "kepala", "ketua", "kita", "kos", "kost", "kota", "ke", "lurah", "lampu",
    "menteri", "mohon", "oleh", "operator", "pada", "pedagang", "pegawai", "pejabat", "pemilik", "pengendara",
    "pengurus", "penjaga", "penjual", "petugas", "polisi", "presiden", "rt", "rumah", "rw", "satpam", "saya", "sd",
    "sekalian", "sekda", "sekretaris", "semua", "siapa", "sma", "smp", "sopir", "staf", "sudah", "supir", "supaya",
    "tetangga", "tidak", "tiri", "tolong", "tukang", "untuk", "wali", "walikota", "warga", "wakil", "yang", "yth",
))  # fmt: skip
_PLATE = re.compile(
    r"(?<!\w)(?!(?:RT|RW|NO|KM|SD|PT|CV)\b)"
    r"(?:[A-Z]{1,2}[ -]?\d{1,4}[ -]?[A-Z]{1,3}|[bdefgtz][ -]?\d{3,4}[ -]?[a-z]{2,3})(?!\w)"
)
_HOUSE = re.compile(
    r"(?<!\w)(?:(?i:rumah\s+)?(?i:nomor|nomer|nmr|no)\b\.?\s*(?i:rumah\s*)?(?!11\d\b)[A-Za-z]?\d{1,4}[A-Za-z]?"
    r"(?:[/-]\d{1,4})?|(?i:blok)\s+[A-Za-z]{1,2}[ -]?\d{1,3}|(?i:blok)\s+[A-Z]{1,2})(?!\w)"
)
_RT = re.compile(r"(?<!\w)(?i:rt)[ .:]*\d{1,3}(?:\s*/\s*(?=\d|(?i:rw))|,?\s+(?=(?i:rw))|(?!\w))")
_LINK = re.compile(r"(?i:https?://|www\.)\S+")
_ACCOUNT = re.compile(r"(?<![\w.])@[A-Za-z0-9_.]{3,}")
_DATE = r"\d{1,2}[ ./-](?:\d{1,2}|[A-Za-z]{3,9})[ ./-]\d{2,4}"
_BORN = re.compile(rf"(?<!\w)(?i:lahir|ttl|tgl\.? lahir|tanggal lahir)\b[^\d\n]{{0,30}}{_DATE}")
_NUMBER = re.compile(r"(?<![\w.,])(?<!Rp )(?<!Rp)(?<!Rp\. )\d(?:[ .-]?\d){6,}(?!\w)")
_ONLY_DATE = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Finding:
    """`start` and `end` are places in the text, `what` a key of `WORDS`."""

    start: int
    end: int
    what: str

    @property
    def certain(self) -> bool:
        return self.what in CERTAIN


def find_personal(text: str, allowed: Sequence[str] = ()) -> list[Finding]:
    """In the order of the text, none over another. `allowed` are numbers and addresses of offices."""
    known = {_plain(contact) for contact in allowed}
    found: list[Finding] = []
    for finding in _candidates(text):
        if all(finding.end <= other.start or finding.start >= other.end for other in found):
            found.append(finding)
    private = [one for one in found if not (one.certain and _plain(text[one.start : one.end]) in known)]
    return sorted(private, key=lambda finding: finding.start)


def redact(text: str, allowed: Sequence[str] = ()) -> str:
    """The text with each finding replaced by what it was. The RT goes, the RW stays: that is some hundred homes."""
    parts, at = [], 0
    for finding in find_personal(text, allowed):
        parts += [text[at : finding.start], _INSTEAD[finding.what]]
        at = finding.end
        if finding.what == "rt" and re.match(r"\d", text[at:]):  # RT 3/5 means RT 3 in RW 5
            parts.append("RW ")
    return re.sub(r"[ ]{2,}", " ", "".join([*parts, text[at:]]))


def pieces(text: str, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """The text in pieces, each with what it looks like, or with nothing."""
    cut, at = [], 0
    for finding in findings:
        cut += [(text[at : finding.start], ""), (text[finding.start : finding.end], finding.what)]
        at = finding.end
    return [piece for piece in [*cut, (text[at:], "")] if piece[0]]


def _candidates(text: str) -> Iterator[Finding]:
    """The surest first: what comes later does not count where something was found."""
    for start, end, what in find_masked(text):
        yield Finding(start, end, what)
    for what, pattern in (("link", _LINK), ("account", _ACCOUNT), ("born", _BORN), ("plate", _PLATE), ("rt", _RT)):
        yield from (Finding(*found.span(), what) for found in pattern.finditer(text))
    yield from (Finding(*found.span(), "house") for found in _HOUSE.finditer(text))
    yield from _names(text, _ADDRESSED, lambda word: word.lower() not in _NO_NAMES)
    yield from _names(text, _INTRODUCED, lambda word: word.lower() not in _NO_NAMES)
    for found in _NUMBER.finditer(text):
        if not _ONLY_DATE.fullmatch(found[0]):
            yield Finding(*found.span(), "number")


def _names(text: str, pattern: re.Pattern[str], is_name: Callable[[str], bool]) -> Iterator[Finding]:
    for found in pattern.finditer(text):
        if is_name(found[1].split()[0]) and not _STREET.search(text[: found.start()][-30:]):
            yield Finding(*found.span(1), "name")


def _plain(contact: str) -> str:
    """Numbers by their digits, with the country's code for a leading zero; addresses in small letters."""
    if "@" in contact:
        return contact.strip().lower()
    digits = re.sub(r"\D", "", contact)
    return "62" + digits[1:] if digits.startswith("0") else digits
