"""The pack's file of services: what is read from it, and what is said of mistakes."""

from pathlib import Path

from shared.city_services import Bounds, CityServices, read_city_services
from shared.citypack import load_pack
from shared.marked_yaml import Problem, read_section

ROOT = Path(__file__).parents[3]
GOOD = """
jurisdiction_id: kota.example
changed: 2026-11-24T00:00:00+07:00
contact: Humas
bounds: {south: -7, north: -6.5, west: 107, east: 108}
services:
  - {code: sampah, name: Sampah, description: D, group: G, keywords: [bau], agency: DLH}
"""


def read(text: str) -> tuple[CityServices, list[str]]:
    problems: list[Problem] = []
    part = read_section("services.yaml", text, problems)
    found = read_city_services(part, {"DLH"})
    part.finish()
    return found, [f"{problem.line}: {problem.what}" for problem in problems]


def test_a_good_file() -> None:
    found, problems = read(GOOD)
    assert problems == []
    assert found.bounds == Bounds(-7, -6.5, 107, 108)
    service = found.service("sampah")
    assert service is not None
    assert service.keywords == ("bau",)
    assert found.service("x") is None


def test_mistakes_are_named_with_their_lines() -> None:
    bad = (
        GOOD.replace("-6.5", "-8").replace("+07:00", "").replace("DLH}", "DLX}")
        + """\
  - {code: Sampah!, name: S, description: D, group: G, keywords: ["a, b"]}
  - code: sampah
    name: S
    description: D
    group: G
    questions:
      - {code: q, label: L, description: D, datatype: color}
      - {code: q, label: L, description: D, datatype: singlevaluelist}
      - {code: r, label: L, description: D, choices: {a: b}, colour: red}
"""
    )
    _, problems = read(bad)
    told = "\n".join(problems)
    for part in (
        "no rectangle", "no instant", "no agency `DLX`", "`Sampah!` cannot", "comma", "`color` is not",
        "`q` stands here twice", "`choices`, and nothing", "`colour` is not", "`sampah` stands here twice",
    ):  # fmt: skip
        assert part in told, part


def test_what_is_missing() -> None:
    told = "\n".join(read("bounds: {south: x}")[1])
    for key in ("jurisdiction_id", "changed", "contact", "services", "north", "`south` should be degrees"):
        assert key in told, key


def test_cimahi_offers_services_that_fit_its_agencies() -> None:
    services = load_pack(ROOT / "deploy/cities/cimahi").services
    assert len(services.services) >= 20
    assert services.bounds is not None
    assert services.bounds.hold(-6.8841, 107.5412)
    assert not services.bounds.hold(-6.9147, 107.6098), "the centre of Bandung"
    for service in services.services:
        for text in (service.name, service.description, service.group):
            assert text[0].isupper(), text
        assert service.description.endswith("."), service.code
        assert len(service.name) <= 40
        assert service.keywords


def test_a_city_may_offer_nothing() -> None:
    assert load_pack(ROOT / "deploy/cities/surabaya").services == CityServices()
