"""What people read for the codes of the directory. Pure. An unknown code is shown as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.desk.directory.connections import ARRIVED, AWAY, NO_ANSWER, REFUSED
from services.desk.directory.days import day_of, last_day
from services.desk.directory.listing import COMING, ENDED, VALID
from services.desk.sending.wording import delivery_reason
from shared.sentences import sentence

KINDS = {"internal": sentence("Perangkat daerah"), "external": sentence("Badan di luar pemerintah kota")}
VALIDITY = {
    VALID: sentence("Berlaku"), COMING: sentence("Belum berlaku"), ENDED: sentence("Tidak berlaku lagi")
}  # fmt: skip
PLACES = {
    "kelurahan": sentence("satu kantor di setiap kelurahan"),
    "kecamatan": sentence("satu kantor di setiap kecamatan"),
}
WAYS = {
    "amqp": sentence("Antrean (AMQP)"),
    "webhook": sentence("Sambungan sistem (webhook)"),
    "email": sentence("Surel"),
    "sms": sentence("SMS"),
}
ENDINGS = {
    ARRIVED: sentence("Pesan percobaan diterima."),
    REFUSED: sentence("Pesan percobaan ditolak."),
    NO_ANSWER: sentence("Tidak ada jawaban sampai batas waktu. Pesan percobaan mungkin masih sampai."),
    AWAY: sentence("Layanan pengiriman sedang tidak menjawab. Tidak ada yang dikirim. Coba lagi sebentar lagi."),
}
SCOPES = {
    "cases:read": sentence("membaca laporan"),
    "cases:write": sentence("menjawab dan menyelesaikan laporan"),
    "photos:read": sentence("mengambil foto"),
}
TOKEN_STATES = {
    "valid": sentence("Berlaku"), "expired": sentence("Kedaluwarsa"), "revoked": sentence("Dicabut")
}  # fmt: skip
FIELDS = {
    "name": sentence("Nama"),
    "kind": sentence("Jenis"),
    "places": sentence("Kantor menurut tempat"),
    "aliases": sentence("Sebutan"),
    "public_contact": sentence("Kontak untuk warga"),
    "endpoints": sentence("Alamat saluran"),
    "channels": sentence("Urutan saluran"),
    "language": sentence("Bahasa pesan"),
    "reminders": sentence("Pengingat"),
    "valid_from": sentence("Berlaku mulai"),
    "valid_to": sentence("Berlaku sampai"),
    "successor": sentence("Pengganti"),
    **WAYS,
}
_REFUSALS = {
    "no_such_agency": sentence("layanan pengiriman belum mengenal instansi ini"),
    "no_endpoint": sentence("layanan pengiriman belum mengenal alamat ini; tunggu beberapa detik"),
    "not_configured": sentence("pengiriman lewat saluran ini belum disiapkan di pemasangan ini"),
    "bad_address": sentence("alamatnya tidak dapat dipakai"),
}
_NOTHING = sentence("(kosong)")


def validity_days(valid_from: datetime | None, valid_to: datetime | None, zone: ZoneInfo) -> tuple[str, str]:
    """First and last day, ISO 8601; empty: without end."""
    first = day_of(valid_from, zone).isoformat() if valid_from else ""
    return first, last_day(valid_to, zone).isoformat() if valid_to else ""


def value_told(name: str, value: Any, zone: ZoneInfo) -> str:
    """A value of a version of an agency, as people read it."""
    if name in ("valid_from", "valid_to") and value:
        at = datetime.fromisoformat(value)
        return (day_of(at, zone) if name == "valid_from" else last_day(at, zone)).isoformat()
    if name == "kind":
        return KINDS.get(str(value), str(value))
    if name == "reminders":
        return sentence("ya") if value else sentence("tidak")
    if isinstance(value, list):
        return _joined(value)
    return str(value) if value else _NOTHING


def refusal_told(reason: str) -> str:
    """Why a test message was not taken: the desk's own reasons first, then those of deliveries."""
    return _REFUSALS[reason] if reason in _REFUSALS else delivery_reason(reason)


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(parts) or _NOTHING
