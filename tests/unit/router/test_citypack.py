from __future__ import annotations

from pathlib import Path

import pytest

from shared.citypack import CityPack, PackError, load_pack
from shared.errors import TanggapError
from tests.unit.router.conftest import write_city


def problems_of(directory: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        load_pack(directory)
    return [str(problem) for problem in caught.value.problems]


def test_a_pack_of_any_city_loads(small_pack: CityPack) -> None:
    assert small_pack.city.name == "Kota Contoh"
    assert small_pack.city.code == "99.01"
    assert [agency.code for agency in small_pack.agencies if agency.places] == ["KAMPUNG", "DISTRIK"]
    assert small_pack.areas[0].kelurahan[1].only_after == ("kelurahan", "di")
    assert [file.path for file in small_pack.rule_files] == ["rules/a.yaml", "rules/b.yaml"]


def test_cimahi_has_its_territory(cimahi: CityPack) -> None:
    assert {area.kecamatan: len(area.kelurahan) for area in cimahi.areas} == {
        "Cimahi Utara": 4,
        "Cimahi Tengah": 6,
        "Cimahi Selatan": 5,
    }
    assert cimahi.city.code == "32.77"
    assert all(number.confirm for number in cimahi.city.emergency_numbers)
    assert all(agency.email.endswith(".example") for agency in cimahi.agencies)


def test_all_problems_come_at_once_with_file_and_line(tmp_path: Path) -> None:
    write_city(
        tmp_path,
        city="name: X\ncode: 1\ntimezone: Asia/Jakata\nlanguage: id\n"
        "ticket_prefix: x\nemergency_numbers: []\nnmae: Y\n",
        agencies="agencies:\n  - {code: jalan, name: J, kind: intern}\n",
        spellings="words: {a: }\n",
    )
    found = problems_of(tmp_path)
    assert any(text.startswith("city.yaml:3: `Asia/Jakata` is not a time zone.") for text in found)
    assert any("city.yaml:7" in text and "Did you mean `name`?" in text for text in found)
    assert any("agencies.yaml:2" in text and "Did you mean `internal`?" in text for text in found)
    assert any("agencies.yaml:2: The code `jalan`" in text for text in found)
    assert any("areas.yaml" in text and "EXT_SEBERANG" in text for text in found)
    assert any("spellings.yaml:1" in text for text in found)


def test_an_agency_says_its_ways_and_wishes(tmp_path: Path) -> None:
    write_city(
        tmp_path,
        agencies="agencies:\n"
        "  - {code: JALAN, name: J, kind: internal, email: j@x.example, sms: '+628112345678',"
        " webhook: 'https://j.example/kasus', channels: [amqp, email], language: su, reminders: false}\n"
        "  - {code: EXT_SEBERANG, name: S, kind: external}\n",
    )
    agencies = load_pack(tmp_path).agencies
    assert agencies[0].endpoints == {
        "email": "j@x.example",
        "sms": "+628112345678",
        "webhook": "https://j.example/kasus",
    }
    assert (agencies[0].channels, agencies[0].language, agencies[0].reminders) == (("amqp", "email"), "su", False)
    assert (agencies[1].endpoints, agencies[1].channels, agencies[1].language, agencies[1].reminders) == (
        {},
        (),
        "",
        True,
    )


def test_ways_that_cannot_be_are_named(tmp_path: Path) -> None:
    write_city(
        tmp_path,
        agencies="agencies:\n"
        "  - {code: JALAN, name: J, kind: internal, sms: 0811-22, webhook: 'https://u:p@j.example/',"
        " channels: [fax, email, email], language: sunda, reminders: maybe}\n",
    )
    found = "\n".join(problems_of(tmp_path))
    for told in ("`0811-22` is not a telephone", "is not a webhook's address", "`fax` is no way", "names a way twice",
                 "`sunda` is no language's id", "`reminders` should be true or false"):  # fmt: skip
        assert told in found


def test_an_empty_directory_names_every_file(tmp_path: Path) -> None:
    found = problems_of(tmp_path)
    for name in ("city.yaml", "agencies.yaml", "areas.yaml", "spellings.yaml", "rules/"):
        assert any(text.startswith(name) for text in found)


@pytest.mark.parametrize("broken", ["name: [", "- a\n- b", "\x00", "name: a\nname: b", "just text", "a: &x [*x]"])
def test_broken_yaml_is_a_pack_error(tmp_path: Path, broken: str) -> None:
    assert any(text.startswith("city.yaml") for text in problems_of(write_city(tmp_path, city=broken)))


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (write_city(tmp_path) / "areas.yaml").write_bytes(b"areas: \xff\xfe")
    assert any("areas.yaml: The file is not UTF-8" in text for text in problems_of(tmp_path))


def test_a_doubled_agency_and_a_protected_spelling_are_refused(tmp_path: Path) -> None:
    write_city(
        tmp_path,
        agencies="agencies:\n  - {code: EXT_SEBERANG, name: A, kind: external}\n"
        "  - {code: EXT_SEBERANG, name: B, kind: external}\n",
        spellings="protected: [rs]\nwords: {rs: rumah sakit}\n",
    )
    found = problems_of(tmp_path)
    assert any("stands here twice" in text for text in found)
    assert any("`rs` is protected" in text for text in found)


def test_pack_error_is_an_error_of_the_house() -> None:
    assert issubclass(PackError, TanggapError)
    assert PackError(()).code == "pack"
