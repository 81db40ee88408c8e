"""What a city never publishes, read from its pack: a typing error must not make something public."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.city_publishing import CityPublishing, read_city_publishing
from shared.citypack import load_pack
from shared.ids import ALPHABET
from shared.marked_yaml import Problem, read_section
from shared.public_numbers import public_number, read_public_number

PACKS = Path(__file__).parents[3] / "deploy" / "cities"
RULES = ("rules:\n  - id: perempuan-dan-anak\n    agency: DP3AP2KB\n",)


def read(text: str) -> tuple[CityPublishing, list[str]]:
    problems: list[Problem] = []
    part = read_section("publishing.yaml", text, problems)
    found = read_city_publishing(part, agencies=["DP3AP2KB"], services=["sampah"], rule_texts=RULES)
    return found, [str(problem) for problem in problems]


def test_everything_can_be_said() -> None:
    found, problems = read("""
points: {show: grid, grid_metres: 250}
public_contacts: [dlh@contoh.id]
never:
  - {reason: Anak, agencies: [DP3AP2KB], rules: [perempuan-dan-anak], words: ["*perkosa*", "Bunuh   Diri"]}
  - {reason: Usul, kinds: [aspirasi], services: [sampah]}
""")
    assert problems == []
    assert (found.allowed, found.grid_metres, found.contacts) == (True, 250, ("dlh@contoh.id",))
    assert found.never[0].words == ("*perkosa*", "bunuh diri")
    assert found.never[1].kinds == {"aspirasi"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("never: [{reason: x, agencies: [DP3AP2KA]}]", "no `DP3AP2KA` among the agencies. Did you mean `DP3AP2KB`?"),
        ("never: [{reason: x, rules: [perempuan]}]", "no `perempuan` among the rules"),
        ("never: [{reason: x, kinds: [saran]}]", "no `saran` among the kinds"),
        ("never: [{reason: x, services: [sampa]}]", "Did you mean `sampah`?"),
        ("never: [{reason: x}]", "says nothing that is never public"),
        ("never: [{agencies: [DP3AP2KB]}]", "`reason` is missing"),
        ('never: [{reason: x, words: ["*a*"]}]', "`*a*` cannot be a word"),
        ('never: [{reason: x, words: ["per*kosa"]}]', "`per*kosa` cannot be a word"),
        ("points: {show: exact}", "`show: exact` is not known"),
        ("points: {show: grid, grid_metres: 5}", "should lie between 100 and 1000"),
        ("nevr: []", "Did you mean `never`?"),
    ],
)
def test_each_mistake_is_told(text: str, told: str) -> None:
    _, problems = read(text)
    assert any(told in problem for problem in problems), problems


def test_without_a_file_nothing_may_be_published() -> None:
    assert not load_pack(PACKS / "surabaya").publishing.allowed
    cimahi = load_pack(PACKS / "cimahi").publishing
    assert cimahi.allowed
    assert {"DP3AP2KB", "INSPEKTORAT"} <= {agency for never in cimahi.never for agency in never.agencies}


@given(st.uuids())
def test_a_public_number_can_be_dictated(complaint: object) -> None:
    number = public_number(str(complaint))
    assert number == public_number(str(complaint))
    assert set(number.replace("-", "")) <= set(ALPHABET)
    assert read_public_number(f" {number.lower().replace('-', ' ').replace('0', 'o')}") == number


@pytest.mark.parametrize("text", ["", "4K7M-92RX", "4K7M-92RX-10A", "4K7M-92RX-10AB", "x" * 5000, "4K7M\0-92RX-10AJ"])
def test_what_is_no_public_number(text: str) -> None:
    assert read_public_number(text) is None
