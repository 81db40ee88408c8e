from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.router.places import Gazetteer
from services.router.rules import RuleSet, compile_rules
from shared.citypack import CityPack, RuleFile, load_pack

CIMAHI = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"

# A city that does not exist, so that nothing of a real one can hide in the code.
SMALL_CITY = {
    "city.yaml": """
name: Kota Contoh
code: 99.01
timezone: Asia/Makassar
language: id
ticket_prefix: CTH
emergency_numbers:
  - {number: "112", label: Darurat, confirm: true}
""",
    "agencies.yaml": """
agencies:
  - {code: JALAN, name: Dinas Jalan, kind: internal, territorial: true, email: jalan@contoh.example}
  - {code: LAMPU, name: Dinas Lampu, kind: internal, territorial: true}
  - {code: SEHAT, name: Dinas Kesehatan, kind: internal}
  - {code: KAMPUNG, name: Kantor Kelurahan, kind: internal, places: kelurahan}
  - {code: DISTRIK, name: Kantor Kecamatan, kind: internal, places: kecamatan}
  - {code: EXT_SEBERANG, name: Kabupaten Seberang, kind: external}
""",
    "areas.yaml": """
areas:
  - kecamatan: Hulu
    aliases: []
    kelurahan:
      - {name: Mekarwangi, postcode: "90001", aliases: [mekar wangi]}
      - {name: Besar, aliases: [], only_after: [kelurahan, di]}
  - kecamatan: Hilir Kota
    kelurahan:
      - {name: Tanjung, aliases: []}
neighbours:
  - {name: Seberangan, aliases: [], agency: EXT_SEBERANG}
place_words:
  roads: [jalan]
  named: [gang]
  near: [depan, dekat]
  towards: [arah, warga, perbatasan]
  landmarks: [rumah sakit, lampu merah]
  never_names: [rusak, mati, bolong]
""",
    "spellings.yaml": """
protected: [pju, rs]
words: {jl: jalan, jln: jalan, lobang: lubang, ga: tidak, bkn: bukan, gakada: tidak ada}
fillers: [yang, nya, na, di, ini, ada, sudah]
no_content: [halo, tolong, min]
negations:
  - {words: [bukan], reach: 3, unless_next: [hanya]}
  - {words: [tidak], reach: 1}
  - {words: [lain], reach: 3, only_with: [euy]}
""",
    "rules/a.yaml": """
idioms: [jalan keluar]
rules:
  - id: jalan
    agency: JALAN
    about: Jalan rusak.
    phrases: {jalan rusak: 6, jalan lubang: 6, lubang: 4, jalan: 1, rusak: 2}
  - id: lampu
    agency: LAMPU
    about: Lampu mati.
    phrases: {pju: 4, pju mati: 6, gelap: 3, lampu merah: 2}
    also: [JALAN]
""",
    "rules/b.yaml": """
settings: {minimum_score: 3, margin: 1, also_score: 5}
rules:
  - id: sakit
    agency: SEHAT
    about: Rumah sakit.
    phrases: {rumah sakit: 5, dokter: 3}
    not: [dokter hewan]
  - id: gawat
    agency: SEHAT
    about: Orang pingsan.
    emergency: true
    phrases: {pingsan: 5}
    not: [hampir pingsan]
  - id: surat
    agency: KAMPUNG
    about: Surat.
    phrases: {surat: 5}
""",
}


def write_city(directory: Path, **changes: str) -> Path:
    """The small city's files; `changes` replaces files by name with `__` for `/` and without `.yaml`."""
    changed = {name.replace("__", "/") + ".yaml": text for name, text in changes.items()}
    for name, text in {**SMALL_CITY, **changed}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def small_pack(tmp_path_factory: pytest.TempPathFactory) -> CityPack:
    return load_pack(write_city(tmp_path_factory.mktemp("city")))


@pytest.fixture(scope="session")
def small_rules(small_pack: CityPack) -> RuleSet:
    return compile_rules(small_pack.rule_files, small_pack.spellings)


@pytest.fixture(scope="session")
def small_gazetteer(small_pack: CityPack, small_rules: RuleSet) -> Gazetteer:
    return Gazetteer(small_pack, small_rules.lexicon)


@pytest.fixture(scope="session")
def cimahi() -> CityPack:
    return load_pack(CIMAHI)


@pytest.fixture(scope="session")
def cimahi_rules(cimahi: CityPack) -> RuleSet:
    return compile_rules(cimahi.rule_files, cimahi.spellings)


@pytest.fixture(scope="session")
def cimahi_gazetteer(cimahi: CityPack, cimahi_rules: RuleSet) -> Gazetteer:
    return Gazetteer(cimahi, cimahi_rules.lexicon)


@pytest.fixture(scope="session")
def rule_file() -> Callable[[str], RuleFile]:
    return lambda text: RuleFile("rules/test.yaml", text)
