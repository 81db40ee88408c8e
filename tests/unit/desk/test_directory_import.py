"""A pack brought into the directory by a person's word: what people changed at the desk is not lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.desk.directory import repository as agencies
from services.desk.directory.agencies import entry_of, seed_agencies
from services.desk.directory.file import write_agencies
from services.desk.directory.importing import Line, State, compare_directory, import_agencies
from services.desk.directory.repository import Entry
from shared.city import Agency
from shared.contracts.agency import AgencyChanged
from tests.unit.desk.world import PACK, World, open_world, psycopg_url


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    if request.param == "postgresql":
        url = psycopg_url(request.getfixturevalue("postgres_database"))
    with open_world(url, tmp_path) as opened:
        yield opened


def entry(world: World, code: str) -> Entry:
    with world.database.read() as connection:
        found = agencies.one(connection, code)
    assert found is not None
    return found


def edit(world: World, code: str, **changes: Any) -> None:
    """As a person at the desk does it."""
    known = entry(world, code)
    with world.database.write() as tx:
        assert agencies.change(tx, replace(known, revision=known.revision + 1, **changes), from_revision=known.revision)


def with_changes(**changes: dict[str, Any]) -> list[Agency]:
    """The pack's agencies, some changed."""
    return [replace(one, **changes.get(one.code, {})) for one in PACK.agencies]  # type: ignore[arg-type]


def bring_in(world: World, wanted: list[Agency], *take: str) -> dict[str, State]:
    spine = world.service.spine
    lines = import_agencies(
        world.database, spine.outbox, spine.clock, wanted, actor="budi", reason="coba", take=frozenset(take)
    )  # fmt: skip
    return {line.code: line.state for line in lines if line.state is not State.SAME}


def said(world: World) -> list[tuple[str, int, str]]:
    return [(event.code, event.revision, event.name) for event in world.said(AgencyChanged.TYPE)][len(PACK.agencies) :]


def test_an_unchanged_pack_says_nothing(world: World) -> None:
    assert bring_in(world, list(PACK.agencies)) == {}
    assert said(world) == []
    assert world.audited("directory.import") == []


def test_new_and_changed_agencies_come_in_and_are_said_once(world: World) -> None:
    wanted = [*with_changes(DLH={"name": "Dinas Hijau"}), Agency("TAMAN", "Dinas Taman", "internal")]
    assert bring_in(world, wanted) == {"DLH": State.CHANGED, "TAMAN": State.NEW}
    assert bring_in(world, wanted) == {}
    assert said(world) == [("DLH", 2, "Dinas Hijau"), ("TAMAN", 1, "Dinas Taman")]
    (row,) = world.audited("directory.import")
    assert (row["actor"], row["reason"], row["details"]) == ("budi", "coba", {"agencies": ["DLH", "TAMAN"]})


def test_what_people_changed_stays(world: World) -> None:
    edit(world, "DLH", name="Dinas Kami")
    edit(world, "DISHUB", endpoints={"email": "baru@dishub.example", "webhook": "https://x.example"})
    wanted = with_changes(DISHUB={"email": "angkutan@cimahi.example"})
    assert bring_in(world, wanted) == {"DLH": State.EDITED, "DISHUB": State.CLASH}
    assert said(world) == []
    assert entry(world, "DLH").name == "Dinas Kami"
    assert entry(world, "DISHUB").endpoints["email"] == "baru@dishub.example"
    assert seed_agencies(world.service.spine, wanted) == [], "a desk that starts with this pack writes over nothing"
    assert bring_in(world, wanted) == {"DLH": State.EDITED, "DISHUB": State.EDITED}


@pytest.mark.parametrize("by", ["seed", "import"])
def test_what_people_left_alone_follows_the_pack_and_what_they_changed_does_not(world: World, by: str) -> None:
    edit(world, "DISHUB", endpoints={"email": "baru@dishub.example"}, aliases=["dishub"])
    wanted = with_changes(DISHUB={"name": "Dinas Angkutan", "aliases": ("angkutan",), "public_contact": "022 123"})
    if by == "seed":
        assert seed_agencies(world.service.spine, wanted) == ["DISHUB"]
    else:
        assert bring_in(world, wanted) == {"DISHUB": State.CLASH}
    known = entry(world, "DISHUB")
    assert (known.name, known.public_contact) == ("Dinas Angkutan", "022 123")
    assert (known.endpoints, known.aliases) == ({"email": "baru@dishub.example"}, ["dishub"])
    assert said(world) == [("DISHUB", 3, "Dinas Angkutan")]
    assert seed_agencies(world.service.spine, wanted) == []
    bring_in(world, wanted, "DISHUB")
    assert (entry(world, "DISHUB").aliases, entry(world, "DISHUB").revision) == (["angkutan"], 4)


def test_an_entry_of_an_older_program_that_people_changed_stays_theirs(world: World) -> None:
    edit(world, "DLH", name="Dinas Kami", pack={})
    pack = next(one for one in PACK.agencies if one.code == "DLH")
    with_contact = with_changes(DLH={"public_contact": "022 123", "name": pack.name})
    assert seed_agencies(world.service.spine, with_contact) == ["DLH"]
    assert (entry(world, "DLH").name, entry(world, "DLH").public_contact) == ("Dinas Kami", "022 123")
    edit(world, "DLH", name="Dinas Kita", pack={}, seeded="of a pack that nobody has any more")
    assert seed_agencies(world.service.spine, with_changes(DLH={"name": "Dinas Hijau"})) == []
    assert entry(world, "DLH").name == "Dinas Kita"


def test_what_is_asked_for_is_taken_and_other_endpoints_stay(world: World) -> None:
    edit(world, "DISHUB", endpoints={"email": "baru@dishub.example", "webhook": "https://x.example"})
    bring_in(world, list(PACK.agencies), "DISHUB")
    pack = next(one for one in PACK.agencies if one.code == "DISHUB")
    assert entry(world, "DISHUB").endpoints == {"email": pack.email, "webhook": "https://x.example"}
    assert [one[:2] for one in said(world)] == [("DISHUB", 3)]


def test_the_plan_names_the_fields_and_what_only_the_desk_has() -> None:
    here = [entry_of(Agency("A", "Satu", "internal", aliases=("x",))), entry_of(Agency("B", "Dua", "internal"))]
    wanted = [Agency("A", "Satu", "external", aliases=("x", "y")), Agency("C", "Tiga", "internal", email="c@x.example")]
    assert compare_directory(here, wanted) == [
        Line("A", State.CHANGED, {"kind": ("internal", "external"), "aliases": ("x", "x, y")}),
        Line("B", State.ONLY_HERE, {}),
        Line("C", State.NEW, {"name": ("", "Tiga"), "kind": ("", "internal"), "email": ("", "c@x.example")}),
    ]


def test_ways_and_wishes_of_the_pack_come_in_are_said_and_shown(world: World) -> None:
    ways = {"sms": "+628112345678", "webhook": "https://dlh.example/kasus", "channels": ("webhook", "sms")}
    wanted = with_changes(DLH={**ways, "language": "su", "reminders": False})
    with world.database.read() as connection:
        line = next(one for one in compare_directory(agencies.every(connection), wanted) if one.code == "DLH")
    assert line == Line(
        "DLH", State.CHANGED,
        {"sms": ("", "+628112345678"), "webhook": ("", "https://dlh.example/kasus"), "channels": ("", "webhook, sms"),
         "language": ("", "su"), "reminders": ("", "no")},
    )  # fmt: skip
    assert bring_in(world, wanted) == {"DLH": State.CHANGED}
    event = world.said(AgencyChanged.TYPE)[-1]
    assert (event.channels, event.language, event.reminders) == (["webhook", "sms"], "su", False)
    assert set(event.endpoints) == {"email", "sms", "webhook"}
    assert bring_in(world, wanted) == {}


def test_a_way_and_wishes_set_here_outlive_a_pack_that_says_nothing_of_them(world: World) -> None:
    endpoints = {**entry(world, "DLH").endpoints, "amqp": "agency.DLH.v1"}
    edit(world, "DLH", endpoints=endpoints, channels=["amqp", "email"], language="su", reminders=False)
    assert seed_agencies(world.service.spine, with_changes(DLH={"name": "Dinas Hijau"})) == ["DLH"]
    known = entry(world, "DLH")
    assert (known.name, known.endpoints, known.channels) == ("Dinas Hijau", endpoints, ["amqp", "email"])
    assert (known.language, known.reminders) == ("su", False)


def test_a_queue_made_by_an_operator_is_no_difference_to_the_pack(world: World) -> None:
    edit(world, "DLH", endpoints={**entry(world, "DLH").endpoints, "amqp": "agency.DLH.v1"})
    assert bring_in(world, list(PACK.agencies)) == {}


def test_fingerprints_of_earlier_versions_are_still_right() -> None:
    """Else every agency of a running city would count as changed by its people after an upgrade."""
    known = entry_of(Agency("A", "Satu", "internal", aliases=("x",), email="a@x.example", places="kelurahan"))
    assert known.seeded == "94e803c8e31b3777a576542923e9d6d1608bb101cdd892bcb0c312be7d0267ad"


def test_the_directory_as_a_file_of_a_pack_keeps_what_only_the_pack_knows() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    seed = Agency("A", "Satu", "internal", territorial=True, confirm=True, email="a@x.example")
    entries = [
        replace(
            entry_of(seed),
            name="Satu: baru",
            channels=["amqp", "email"],
            language="su",
            reminders=False,
            endpoints={"email": "b@x.example", "webhook": "https://x.example", "amqp": "agency.A.v1"},
        ),
        replace(entry_of(Agency("B", "Tutup", "internal")), valid_to=at),
    ]
    assert yaml.safe_load(write_agencies(entries, [seed], at)) == {
        "agencies": [
            {"code": "A", "name": "Satu: baru", "kind": "internal", "email": "b@x.example",
             "webhook": "https://x.example", "channels": ["amqp", "email"], "language": "su", "territorial": True,
             "confirm": True, "reminders": False}
        ]
    }  # fmt: skip
