"""The words that citizens read about the state of a complaint, and how dates are written here."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

STATUSES = {
    "received": ("Diterima", "Laporan sudah kami terima dan sedang dicarikan instansi yang berwenang."),
    "routed": ("Diteruskan", "Laporan sudah diteruskan kepada instansi yang berwenang."),
    "triage": ("Ditinjau petugas", "Petugas sedang menentukan instansi yang tepat untuk laporan ini."),
}
CHANNELS = {
    "web": "formulir web",
    "api": "aplikasi",
    "sms": "SMS",
    "email": "surel",
    "open311": "aplikasi Open311",
}
KINDS = {
    "pengaduan": "Pengaduan",
    "aspirasi": "Aspirasi atau usulan",
    "permintaan_informasi": "Permintaan informasi",
}
IDENTITIES = {
    "anonymous": "Anonim",
    "open": "Terbuka",
    "confidential": "Rahasia",
}
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


def status_words(status: str) -> tuple[str, str]:
    """A title and a sentence; a status that is newer than this program keeps its own word."""
    return STATUSES.get(status, (status.replace("_", " ").capitalize(), ""))


def channel_words(channel: str) -> str:
    return CHANNELS.get(channel, channel)


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """For instance `24 November 2026 pukul 13.05 WIB`."""
    local = moment.astimezone(zone)
    date = f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{date} pukul {local:%H.%M} {local.tzname()}"


def received_note(channel: str) -> str:
    return f"Laporan diterima melalui {channel_words(channel)}."


def routed_note(agency_name: str) -> str:
    return f"Laporan diteruskan kepada {agency_name}."


def assigned_note(agency_name: str) -> str:
    return f"Petugas menugaskan laporan ini kepada {agency_name}."


TRIAGE_NOTE = "Petugas akan menentukan instansi yang tepat untuk laporan ini."
