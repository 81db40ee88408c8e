"""From the desk to the public, with planted secrets: nobody who is not logged in can reach what was not published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk.people.person import Person
from services.desk.publishing.draft import Draft
from services.desk.publishing.publisher import Publisher, Wish
from services.desk.publishing.suggestion import suggest
from services.intake.published import PublishedFacts
from shared.contracts.case import CasePublished, CaseUnpublished
from shared.contracts.envelope import Envelope
from shared.errors import Refused
from shared.public_numbers import public_number
from tests.unit.desk.facts import RECEIVED, routed, ticket
from tests.unit.desk.world import PACK, World, open_world
from tests.unit.intake.building import Intake, intake, submission

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
NAMES = ("Zulfahmi", "Qoriah", "Wirjono", "Xaverius")
IDENTITIES = ("anonymous", "open", "confidential")
_numbers, _marks = count(1), count(1)


@dataclass(frozen=True)
class Planted:
    """A complaint full of what must never be public, and what a coordinator makes of it."""

    name: str
    phone: str
    nik: str
    email: str
    marker: str
    identity: str
    agency: str
    publish: bool
    withdraw: bool

    @property
    def text(self) -> str:
        return (
            f"Lampu jalan mati {self.marker}n di rumah Pak {self.name}, NIK {self.nik}, hub {self.phone}. "
            f"Kata Ibu {self.name} tulis ke {self.email}."
        )

    @property
    def secrets(self) -> set[str]:
        return {self.name, self.phone, self.nik, self.email}


@st.composite
def complaints(draw: st.DrawFn) -> list[Planted]:
    def planted(at: int) -> Planted:
        digits = draw(st.text("0123456789", min_size=8, max_size=8))
        return Planted(
            name=NAMES[at] + draw(st.sampled_from(["", "syah", "wati"])),
            phone=draw(st.sampled_from(["08", "+62 8", "62-8"])) + f"12-{digits[:4]}-{digits[4:]}",
            nik=f"32770{at}41{digits}",
            email=f"{NAMES[at].lower()}.{digits}@contoh.id",
            marker=f"tanda{next(_marks)}",
            identity=draw(st.sampled_from(IDENTITIES)),
            agency=draw(st.sampled_from(["DISHUB", "DLH", "DP3AP2KB", "INSPEKTORAT"])),
            publish=draw(st.booleans()),
            withdraw=draw(st.booleans()),
        )

    return [planted(at) for at in range(draw(st.integers(1, len(NAMES))))]


@pytest.fixture
def city(tmp_path: Path) -> Iterator[tuple[World, Intake]]:
    url = f"sqlite:///{tmp_path}"
    with open_world(f"{url}/desk.db", tmp_path) as desk, intake(f"{url}/intake.db", pack=PACK) as public:
        yield desk, public


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planted=complaints())
def test_only_what_a_coordinator_saw_can_be_reached(city: tuple[World, Intake], planted: list[Planted]) -> None:
    desk, public = city
    numbered = {next(_numbers): one for one in planted}
    seen: dict[str, Draft] = {}
    for number, one in numbered.items():
        public.door.accept(submission(text=one.text, identity=one.identity, provider_id=f"m{number}"))
        desk.hear(routed(number, text=one.text, identity=one.identity, agency=one.agency))
        draft = _publish(desk, number, one) if one.publish else None
        if draft is not None:
            seen[public_number(f"c{number}")] = draft
    _carry(desk, public)
    reached = _everything_public(public, [public_number(f"c{number}") for number in numbered])
    for number, one in numbered.items():
        assert not [secret for secret in one.secrets if secret in reached], one
        assert (f"{one.marker}n" in reached) == (public_number(f"c{number}") in seen), one
        assert ticket(number) not in reached
    allowed = {number for number, one in numbered.items() if one.publish and not one.withdraw and _may(one)}
    assert set(seen) == {public_number(f"c{number}") for number in allowed}
    for fact in desk.said(CasePublished.TYPE):  # those that were withdrawn included: that is what was ever said
        assert (fact.place.detail, fact.place.latitude) == (None, None)
        assert set(fact.external_refs) <= {"open311_service"}
        draft = seen.get(public_number(fact.complaint_id))
        if draft is not None:
            assert (fact.summary, fact.answer) == (draft.summary, draft.answer)
            assert (fact.state, fact.agency) == (draft.state, draft.agency)


def _may(one: Planted) -> bool:
    return one.identity != "confidential" and one.agency in ("DISHUB", "DLH")


def _publish(desk: World, number: int, one: Planted) -> Draft | None:
    """The draft that a coordinator saw and published, unless that was refused or taken back."""
    publisher, case = Publisher(desk.service.spine, PACK), desk.case(number)
    found = suggest(case, f"Yth. Bapak {one.name},\nSudah diganti. Hubungi {one.phone}.", PACK)
    wish = Wish(case.ticket, case.revision, 0, found.summary, found.answer, found.service, checked=True)
    draft = wish.draft_of(case, PACK)
    wish = replace(wish, seen=draft.digest)
    if not _may(one):
        with pytest.raises(Refused):
            publisher.publish(COORDINATOR, wish)
        return None
    publisher.publish(COORDINATOR, wish)
    if one.withdraw:
        publisher.unpublish(COORDINATOR, Wish(case.ticket, case.revision, 1, reason="keliru"))
        return None
    return draft


def _carry(desk: World, public: Intake) -> None:
    """The facts, as the broker brings them, the last ones first."""
    table = PublishedFacts(PACK).table()
    for fact in [*desk.said(CaseUnpublished.TYPE), *reversed(desk.said(CasePublished.TYPE))]:
        with public.database.write() as tx:
            table[fact.TYPE](tx, Envelope.of(fact, source="desk", time=RECEIVED))


def _everything_public(public: Intake, numbers: list[str]) -> str:
    """The text of each page and document that a stranger can open, following every link."""
    known = ["/", "/published", "/track", "/sw.js", "/openapi.json", "/metrics", "/readyz", "/open311/discovery.json"]
    waiting = [*known, *(f"/published/{number}" for number in numbers)]
    for format_ in ("json", "xml"):
        waiting += [f"/open311/v2/requests.{format_}?updated_after=2020-01-01", f"/open311/v2/services.{format_}"]
        waiting += [f"/open311/v2/requests/{number}.{format_}" for number in numbers]
    done, texts = set(), []
    while waiting:
        path = waiting.pop()
        if path in done:
            continue
        done.add(path)
        page = public.client.get(path, headers={"Accept": "text/html"})
        texts += [page.text, str(page.headers)]
        waiting += [found.replace("&amp;", "&") for found in re.findall(r'href="(/[^"]*)"', page.text)]
    assert len(done) > len(known)
    return "\n".join(texts)
