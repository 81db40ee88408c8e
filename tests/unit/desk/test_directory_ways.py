"""An operator changes by which ways an agency is reached: said once, written down, never lost to somebody else."""

from typing import Any

import pytest

from services.desk.directory.repository import Entry
from services.desk.directory.ways import Change, WayChanger, ways_of, with_way, with_wishes, without_way
from shared.contracts.agency import AgencyChanged
from shared.errors import Refused
from tests.unit.desk.world import PACK, World

URL = "https://dlh.example/kasus"


@pytest.fixture
def changer(world: World) -> WayChanger:
    spine = world.service.spine
    return WayChanger(world.database, spine.outbox, spine.clock, "budi")


def apply(changer: WayChanger, change: Change, **details: Any) -> Entry:
    return changer.apply("DLH", change, act="agency.test", details=details)


def said(world: World) -> list[AgencyChanged]:
    return world.said(AgencyChanged.TYPE)[len(PACK.agencies) :]


def test_a_new_way_is_said_and_written_down_once(world: World, changer: WayChanger) -> None:
    first = apply(changer, with_way("webhook", URL), url=URL)
    assert apply(changer, with_way("webhook", URL), url=URL) == first
    (event,) = said(world)
    assert (event.code, event.revision, event.endpoints["webhook"]) == ("DLH", 2, URL)
    (row,) = world.audited("agency.test")
    assert (row["actor"], row["role"], row["subject"], row["details"]) == ("budi", "operator", "DLH", {"url": URL})


def test_a_new_way_is_used_also_where_an_order_is_set(changer: WayChanger) -> None:
    apply(changer, with_wishes(["email"]))
    assert ways_of(apply(changer, with_way("webhook", URL))) == ["webhook", "email"]
    assert ways_of(apply(changer, with_wishes(["email", "webhook"]))) == ["email", "webhook"]
    assert ways_of(apply(changer, with_way("webhook", URL + "/2"))) == ["email", "webhook"]
    assert ways_of(apply(changer, without_way("webhook"))) == ["email"]


def test_without_an_order_the_usual_one_counts(changer: WayChanger) -> None:
    entry = apply(changer, with_way("amqp", "agency.DLH.v1"))
    assert (entry.channels, ways_of(entry)) == ([], ["amqp", "email"])


def test_wishes_are_said(world: World, changer: WayChanger) -> None:
    apply(changer, with_wishes(language="su", reminders=False))
    assert (said(world)[-1].language, said(world)[-1].reminders) == ("su", False)


def test_a_way_without_an_address_cannot_be_chosen(world: World, changer: WayChanger) -> None:
    with pytest.raises(Refused, match="not reached by sms"):
        apply(changer, with_wishes(["email", "sms"]))
    assert said(world) == []


def test_an_unknown_agency_is_named(changer: WayChanger) -> None:
    with pytest.raises(Refused, match="no agency DLX"):
        changer.apply("DLX", without_way("email"), act="agency.test", details={})
    with pytest.raises(Refused, match="no agency DLX"):
        changer.find("DLX")
