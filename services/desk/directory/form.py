"""An agency as the desk's form says it, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.desk.directory.days import day_of, end_of, last_day, read_day, start_of
from services.desk.directory.repository import Entry
from shared.address_guard import AddressGuard, RefusedAddress
from shared.city_agencies import EMAIL, KINDS, MOST_CONTACT, PHONE, WAYS
from shared.errors import Refused
from shared.sentences import sentence

ADDRESSED = ("email", "sms", "webhook")
"""The ways whose address people type. A queue is made by an operator, with its user."""
AUTOMATIC, UNUSED, NOBODY = "", "off", "-"
MOST_NAME, MOST_ALIASES, MOST_ALIAS, MOST_EMAIL = 200, 50, 60, 254
_SEPARATORS = str.maketrans({sign: None for sign in " -.()"})
_BAD_WEBHOOK = {
    "not_https": sentence("Alamat sambungan sistem harus diawali https://"),
    "has_login": sentence("Jangan menulis nama pengguna atau sandi di dalam alamat."),
    "bad_port": sentence("Nomor port pada alamat ini tidak benar."),
    "not_public": sentence("Alamat ini tidak berada di internet umum, sehingga tidak boleh dituju."),
}
_BAD_URL = sentence("Alamat ini tidak dapat dipakai. Tulis seperti https://sistem.contoh.go.id/laporan")


@dataclass(frozen=True)
class Filled:
    """What stands in the fields. `places` of the order: `1` …, AUTOMATIC, or UNUSED, by way. Days as `2026-11-30`;
    `valid_to` is the last day. `successor`: a code, NOBODY, or nothing chosen yet."""

    name: str = ""
    kind: str = ""
    aliases: str = ""
    public_contact: str = ""
    email: str = ""
    sms: str = ""
    webhook: str = ""
    order: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    reminders: bool = True
    valid_from: str = ""
    valid_to: str = ""
    successor: str = ""


@dataclass(frozen=True)
class Around:
    """What an entry is judged by. `languages` are those in which there is wording."""

    directory: Mapping[str, Entry]
    zone: ZoneInfo
    languages: Sequence[str]
    guard: AddressGuard


def filled_of(entry: Entry, zone: ZoneInfo) -> Filled:
    """The form as it is shown first."""
    places = {way: str(number) for number, way in enumerate(entry.channels, start=1)}
    return Filled(
        name=entry.name,
        kind=entry.kind,
        aliases=", ".join(entry.aliases),
        public_contact=entry.public_contact,
        **{way: entry.endpoints.get(way, "") for way in ADDRESSED},
        order={way: places.get(way, UNUSED) if places else AUTOMATIC for way in WAYS if way in entry.endpoints},
        language=entry.language,
        reminders=entry.reminders,
        valid_from=(entry.valid_from and day_of(entry.valid_from, zone).isoformat()) or "",
        valid_to=(entry.valid_to and last_day(entry.valid_to, zone).isoformat()) or "",
        successor=entry.successor or (NOBODY if entry.valid_to else ""),
    )


def carried_over(typed: Filled, seen: Filled, now: Filled) -> Filled:
    """What somebody typed on a form that meanwhile is old: what was left as it was seen follows what is now."""
    names = [one.name for one in fields(Filled)]
    return replace(
        typed, **{name: getattr(now, name) for name in names if getattr(typed, name) == getattr(seen, name)}
    )  # fmt: skip


def read_form(filled: Filled, known: Entry, around: Around) -> Entry:
    """`known` with what the form says. Raises `Refused` with a sentence for each field that cannot be taken."""
    problems: dict[str, str] = {}
    endpoints = _endpoints(filled, known, around.guard, problems)
    valid_from, valid_to = _validity(filled, known, around.zone, problems)
    entry = replace(
        known,
        name=_name(filled.name, problems),
        kind=filled.kind,
        aliases=_aliases(filled.aliases, problems),
        public_contact=_contact(filled, problems),
        endpoints=endpoints,
        channels=_channels(filled.order, endpoints, problems),
        language=filled.language,
        reminders=filled.reminders,
        valid_from=valid_from,
        valid_to=valid_to,
        successor=_successor(filled, known.code, valid_to, around.directory, problems),
    )
    if filled.kind not in KINDS:
        problems["kind"] = sentence("Pilih: perangkat daerah, atau badan di luar pemerintah kota.")
    if filled.language and filled.language not in around.languages:
        problems["language"] = sentence("Belum ada kata-kata pesan dalam bahasa ini.")
    if problems:
        raise Refused(sentence("Perubahan belum disimpan."), code="agency_refused", fields=problems)
    return entry


def _name(typed: str, problems: dict[str, str]) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > MOST_NAME or not name.isprintable():
        problems["name"] = sentence("Isi nama, paling panjang %(most)s huruf.", most=MOST_NAME)
    return name


def _aliases(typed: str, problems: dict[str, str]) -> list[str]:
    """Parted by commas or lines, each once."""
    found = [" ".join(part.split()) for line in typed.splitlines() for part in line.split(",")]
    aliases = list({alias.casefold(): alias for alias in found if alias}.values())
    if len(aliases) > MOST_ALIASES:
        problems["aliases"] = sentence(
            "Paling banyak %(most)s sebutan; di sini ada %(count)s.", most=MOST_ALIASES, count=len(aliases)
        )
    elif any(len(alias) > MOST_ALIAS or not alias.isprintable() for alias in aliases):
        problems["aliases"] = sentence("Setiap sebutan paling panjang %(most)s huruf.", most=MOST_ALIAS)
    return aliases


def _contact(filled: Filled, problems: dict[str, str]) -> str:
    contact = " ".join(filled.public_contact.split())
    if not contact and filled.kind == "external":
        problems["public_contact"] = sentence(
            "Isi cara warga menghubungi badan ini: warga diberi tahu bila laporannya menjadi wewenang badan ini."
        )
    elif len(contact) > MOST_CONTACT or not contact.isprintable():
        problems["public_contact"] = sentence("Paling panjang %(most)s huruf, dalam satu baris.", most=MOST_CONTACT)
    return contact


def _endpoints(filled: Filled, known: Entry, guard: AddressGuard, problems: dict[str, str]) -> dict[str, str]:
    email, sms, webhook = filled.email.strip(), filled.sms.translate(_SEPARATORS).strip(), filled.webhook.strip()
    if email and not (EMAIL.fullmatch(email) and email.isascii() and email.isprintable() and len(email) <= MOST_EMAIL):
        problems["email"] = sentence("Ini bukan alamat surel. Tulis seperti nama@contoh.go.id")
    if sms and not (PHONE.fullmatch(sms) and sms.isascii()):
        problems["sms"] = sentence("Ini bukan nomor telepon. Tulis seperti +628123456789")
    if webhook and webhook != known.endpoints.get("webhook"):
        try:
            guard.check_url(webhook)
        except RefusedAddress as error:
            problems["webhook"] = _BAD_WEBHOOK.get(error.reason, _BAD_URL)
    typed = {"email": email, "sms": sms, "webhook": webhook}
    others = {way: address for way, address in known.endpoints.items() if way not in ADDRESSED}
    return others | {way: address for way, address in typed.items() if address}


def _channels(order: Mapping[str, str], endpoints: Mapping[str, str], problems: dict[str, str]) -> list[str]:
    """Numbered ones by their numbers, then the automatic ones as usual. All automatic: no order of its own."""
    wishes = {way: order.get(way, AUTOMATIC) for way in WAYS if endpoints.get(way)}
    if all(wish == AUTOMATIC for wish in wishes.values()):
        return []
    numbers = {way: wish for way, wish in wishes.items() if wish not in (AUTOMATIC, UNUSED)}
    if any(wish not in ("1", "2", "3", "4") for wish in numbers.values()):
        problems["order"] = sentence("Urutan saluran tidak dikenal.")
    elif len(set(numbers.values())) < len(numbers):
        problems["order"] = sentence("Dua saluran memakai urutan yang sama. Beri setiap saluran urutan sendiri.")
    used = [*sorted(numbers, key=numbers.__getitem__), *(way for way in wishes if wishes[way] == AUTOMATIC)]
    if not used:
        problems["order"] = sentence("Pakai sedikitnya satu saluran, atau hapus alamatnya.")
    return used


def _validity(
    filled: Filled, known: Entry, zone: ZoneInfo, problems: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    """Days that were left as they are keep their moments, also where those are in the middle of a day."""
    shown = filled_of(known, zone)
    first, last = read_day(filled.valid_from), read_day(filled.valid_to)
    for name, day in (("valid_from", first), ("valid_to", last)):
        if day is None and getattr(filled, name).strip():
            problems[name] = sentence("Ini bukan tanggal. Tulis seperti 2026-12-31")
    if first is not None and last is not None and last < first:
        problems["valid_to"] = sentence("Hari terakhir lebih awal daripada hari pertama.")
    valid_from = known.valid_from if filled.valid_from == shown.valid_from else _moment(first, start_of, zone)
    valid_to = known.valid_to if filled.valid_to == shown.valid_to else _moment(last, end_of, zone)
    return valid_from, valid_to


def _moment(day: date | None, of: Callable[[date, ZoneInfo], datetime], zone: ZoneInfo) -> datetime | None:
    return None if day is None else of(day, zone)


def _successor(
    filled: Filled, code: str, ends_at: datetime | None, directory: Mapping[str, Entry], problems: dict[str, str]
) -> str:
    chosen = filled.successor
    if not filled.valid_to.strip():
        return ""
    if not chosen:
        problems["successor"] = sentence("Pilih instansi penggantinya, atau nyatakan bahwa tidak ada pengganti.")
    elif chosen == code:
        problems["successor"] = sentence("Instansi tidak dapat menggantikan dirinya sendiri.")
    elif chosen != NOBODY and chosen not in directory:
        problems["successor"] = sentence("Instansi pengganti ini tidak ada di direktori.")
    elif chosen != NOBODY and ends_at is not None and not directory[chosen].valid_at(ends_at):
        problems["successor"] = sentence("Instansi pengganti ini tidak berlaku pada hari itu.")
    return "" if chosen == NOBODY else chosen
