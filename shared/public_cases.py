"""How a published complaint is told: the same words in the desk's preview, on the public pages and by Open311. Pure."""

from __future__ import annotations

from shared.city import CityPack
from shared.sentences import sentence

OPEN, CLOSED = "open", "closed"
"""Of Open311."""

_WORDS = {
    "triage": sentence("Ditinjau petugas"),
    "waiting": sentence("Menunggu keterangan"),
    "forwarded": sentence("Diteruskan"),
    "referred": sentence("Dirujuk ke instansi di luar kota"),
    "in_progress": sentence("Diproses"),
    "answered": sentence("Ditindaklanjuti"),
    "closed": sentence("Selesai"),
}


def public_state(state: str) -> str:
    """A state that is newer than this program keeps its own word."""
    return _WORDS.get(state, state.replace("_", " ").capitalize())


def public_status(state: str) -> str:
    return CLOSED if state == "closed" else OPEN


def public_agency(pack: CityPack, code: str | None, kelurahan: str | None, kecamatan: str | None) -> str:
    """Who has it, as the city's pack calls it; an office that every place has is named with its place. May be empty."""
    agency = pack.agency(code) if code else None
    if agency is None:
        return code or ""
    of_place = {"kelurahan": kelurahan, "kecamatan": kecamatan}.get(agency.places)
    if not of_place or of_place in agency.name:
        return agency.name
    return f"{agency.places.capitalize()} {of_place}"


def public_place(kelurahan: str | None, kecamatan: str | None) -> str:
    """For instance `Kel. Baros, Kec. Cimahi Tengah`; empty when neither is known."""
    parts = (f"Kel. {kelurahan}" if kelurahan else "", f"Kec. {kecamatan}" if kecamatan else "")
    return ", ".join(part for part in parts if part)
