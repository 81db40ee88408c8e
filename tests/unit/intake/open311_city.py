"""A small city that offers two services by Open311."""

from dataclasses import replace

from shared.city import CityPack
from shared.city_services import Bounds, Choice, CityService, CityServices, Question
from tests.unit.intake.building import small_city

QUESTIONS = (
    Question("tiang", "Nomor tiang", "Nomor pada tiang."),
    Question("jumlah", "Jumlah", "Berapa?", "number", required=True),
    Question("sejak", "Sejak", "Kapan?", "datetime"),
    Question("cerita", "Cerita", "Ceritakan.", "text"),
    Question("warna", "Warna", "Warna?", "singlevaluelist", choices=(Choice("p", "putih"), Choice("k", "kuning"))),
    Question("gejala", "Gejala", "Apa?", "multivaluelist", choices=(Choice("m", "mati"), Choice("b", "berkedip"))),
)
SERVICES = CityServices(
    jurisdiction="cimahikota.go.id",
    changed="2026-11-24T00:00:00+07:00",
    contact="Diskominfo",
    key_service="Minta ke Diskominfo",
    bounds=Bounds(-6.94, -6.82, 107.5, 107.58),
    services=(
        CityService("sampah", "Sampah", "Sampah menumpuk.", "Lingkungan", ("tps", "bau"), "DISHUB"),
        CityService("lampu", "Lampu <jalan>", "Lampu & tiang.", "Jalan", ("pju",), "DISHUB", QUESTIONS),
    ),
)


def open311_city() -> CityPack:
    return replace(small_city(), services=SERVICES)
