"""The directory is read again only when something in it has changed; and how it stands in the lists of forms."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Flask

from services.desk.directory import repository as agencies
from services.desk.directory.known import KnownAgencies
from services.desk.directory.repository import Entry
from services.desk.views.agency_options import Choices, agency_options
from services.desk.views.display import TRANSLATIONS
from shared.web.languages import Languages
from tests.unit.desk.facts import routed, ticket
from tests.unit.desk.world import PACK, World


def test_what_another_process_changes_is_known_at_once(world: World) -> None:
    known = KnownAgencies(world.database)
    first = known.now()
    assert set(first) == {agency.code for agency in PACK.agencies}
    assert known.now() is first, "nothing has changed, so nothing is read again"
    dlh = first["DLH"]
    with world.database.write() as tx:
        renamed = replace(dlh, revision=dlh.revision + 1, name="Dinas Baru")
        assert agencies.change(tx, renamed, from_revision=dlh.revision)
    assert known.now()["DLH"].name == "Dinas Baru"
    with world.database.write() as tx:
        agencies.add(tx, Entry("BARU", 1, "Badan Baru", "internal"))
    assert "BARU" in known.now()


def test_a_page_shows_the_new_name(world: World) -> None:
    world.hear(routed(agency="DLH"))
    visitor = world.logged_in("koordinator")
    assert "Nama Lain" not in visitor.get(f"/cases/{ticket(1)}").text
    with world.database.write() as tx:
        dlh = agencies.one(tx.connection, "DLH")
        assert dlh is not None
        agencies.change(tx, replace(dlh, revision=dlh.revision + 1, name="Nama Lain"), from_revision=dlh.revision)
    assert "Nama Lain" in visitor.get(f"/cases/{ticket(1)}").text


def test_options_are_grouped_chosen_and_escaped() -> None:
    entries = Choices([
        Entry("A&B", 1, 'Dinas "A" <b>', "internal"), Entry("C", 1, "Dinas C", "internal"),
        Entry("X", 1, "PLN", "external"),
    ])  # fmt: skip
    web = Flask(__name__)
    Languages(ZoneInfo("Asia/Jakarta"), (), TRANSLATIONS).install(web)
    with web.test_request_context():
        for _ in range(2):
            html = str(agency_options(entries, chosen="C", without="X"))
            assert html.split("\n") == [
                '<optgroup label="Perangkat daerah">',
                '<option value="A&amp;B">Dinas &#34;A&#34; &lt;b&gt; (A&amp;B)</option>',
                '<option selected value="C">Dinas C (C)</option>', "</optgroup>",
                '<optgroup label="Badan di luar pemerintah kota">', "</optgroup>",
            ]  # fmt: skip
        assert "selected" not in agency_options(entries)
