"""The city's kecamatan and kelurahan as citizens pick or write them."""

from __future__ import annotations

from dataclasses import dataclass

from shared.city import Area, CityPack
from shared.contracts.fields import Place
from shared.sentences import sentence


def _key(name: str) -> str:
    return " ".join(name.lower().split())


@dataclass(frozen=True)
class Areas:
    areas: tuple[Area, ...]

    @staticmethod
    def of(pack: CityPack) -> Areas:
        return Areas(pack.areas)

    def kecamatan(self, name: str) -> str | None:
        """The official spelling of a kecamatan, or None."""
        for area in self.areas:
            if _key(name) in {_key(known) for known in (area.kecamatan, *area.aliases)}:
                return area.kecamatan
        return None

    def kelurahan(self, name: str) -> tuple[str, str] | None:
        """(kecamatan, kelurahan) in the official spelling, or None. A name wins over another's alias."""
        for spelled_exactly in (True, False):
            for area in self.areas:
                for kelurahan in area.kelurahan:
                    names = (kelurahan.name,) if spelled_exactly else kelurahan.aliases
                    if _key(name) in {_key(known) for known in names}:
                        return area.kecamatan, kelurahan.name
        return None

    def read(self, place: Place) -> tuple[Place, dict[str, str]]:
        """The place in the official spelling, and what is wrong with it by field."""
        problems: dict[str, str] = {}
        kecamatan = self.kecamatan(place.kecamatan) if place.kecamatan else None
        if place.kecamatan and kecamatan is None:
            problems["kecamatan"] = sentence("Kecamatan ini tidak kami kenal. Pilih dari daftar, atau kosongkan.")
        found = self.kelurahan(place.kelurahan) if place.kelurahan else None
        if place.kelurahan and found is None:
            problems["kelurahan"] = sentence("Kelurahan ini tidak kami kenal. Pilih dari daftar, atau kosongkan.")
        if found and kecamatan and found[0] != kecamatan:
            problems["kelurahan"] = sentence(
                "Kelurahan %(kelurahan)s terletak di Kecamatan %(kecamatan)s. Periksa kembali.",
                kelurahan=found[1],
                kecamatan=found[0],
            )
        if found:
            return Place(found[0], found[1], place.detail), problems
        return Place(kecamatan, None, place.detail), problems
