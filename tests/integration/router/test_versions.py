"""Versions of the rules in both databases: one door in, one at a time, followed without restart, and back again."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text, update

from services.operations.checks_stored import check_active_rules
from services.operations.finding import State
from services.operations.installation import locate
from services.router import repository_rules as sets
from services.router.app import MIGRATIONS
from services.router.repository_labels import labelled_cases, recent_complaints
from services.router.rule import RulesError
from services.router.rule_files import compile_files, files_of
from services.router.tables import activations, adoptions, audit, labels, metadata, rulesets
from services.router.trial import Bounds, try_rules
from services.router.versions import Act, Ending, NotAsExpected, RulesRefused
from shared.contracts.fields import Place
from shared.errors import Refused
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.integration.router_world import OFFICER, RECEIVED, RouterWorld, assigned, received, router_world
from tests.support.eventually import eventually
from tests.unit.desk.world import psycopg_url
from tests.unit.operations.shell import Shell


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'router.db'}"
    return psycopg_url(request.getfixturevalue("postgres_database"))


@pytest.fixture
def world(url: str, tmp_path: Path) -> Iterator[RouterWorld]:
    with router_world(url, tmp_path) as opened:
        opened.service.seed()
        yield opened


def active(world: RouterWorld) -> str:
    found = world.versions.in_force()
    assert found is not None
    return found.ruleset


def activate(world: RouterWorld, files: dict[str, str], because: str = "coba") -> str:
    return world.versions.activate(files, replace(OFFICER, reason=because), expected=active(world)).ruleset


def test_the_migration_makes_what_the_tables_say(world: RouterWorld) -> None:
    with world.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_pack_is_the_first_set_and_holds_its_spellings(world: RouterWorld) -> None:
    assert world.versions.find(active(world))[1] == files_of(world.pack)
    (first,) = world.versions.listed()[1]
    assert (first.number, first.actor, first.ruleset) == (
        1,
        "system",
        compile_files(files_of(world.pack), world.pack).id,
    )
    world.service.seed()
    assert len(world.versions.listed()[1]) == 1


def test_a_change_is_followed_without_restart_and_undone(world: RouterWorld) -> None:
    one, other = world.process("one:1"), world.process("other:2")
    for process in (one, other):
        process.load()
    before = active(world)
    assert one("ronda malam", Place()).agency is None
    after = activate(world, world.changed(JALAN="ronda"))
    assert one("ronda malam", Place()).ruleset == before, "until it looks"
    assert one.follow()
    assert not one.follow()
    assert (one("ronda malam", Place()).agency, one("ronda malam", Place()).ruleset) == ("JALAN", after)
    assert other("ronda malam", Place()).agency is None
    assert other.follow()
    found = world.versions.in_force()
    assert found is not None
    assert {row.process: row.outcome for row in world.versions.adoptions(found.number)} == {
        "one:1": "taken", "other:2": "taken",
    }  # fmt: skip
    files = world.versions.find(before[:6])[1]
    undone = world.versions.activate(files, OFFICER, expected=after, ruleset=before)
    assert (undone.ending, undone.previous, undone.stored) == (Ending.ACTIVATED, after, "same")
    assert one.follow()
    assert one("ronda malam", Place()).ruleset == before
    assert [row["act"] for row in world.rows(audit)] == ["rules.activate"] * 3
    assert [(row.ruleset, row.actor) for row in world.versions.listed()[1]] == [
        (before, "budi"), (after, "budi"), (before, "system"),
    ]  # fmt: skip


def test_a_set_with_mistakes_never_becomes_active(world: RouterWorld) -> None:
    before = active(world)
    for wrong in (world.changed(JALEN="ronda"), world.changed(JALAN="jl.x*"), {"rules/a.yaml": "rules: ["}):
        with pytest.raises(RulesRefused) as caught:
            activate(world, wrong)
        assert all(problem.file for problem in caught.value.problems)
    failing = files_of(world.pack)
    failing["rules/a.yaml"] += "\n    examples: {match: [jalan rusak]}\n"  # of the rule about lamps
    with pytest.raises(RulesRefused, match=r"goes to JALAN, not to LAMPU|holds no phrase"):
        activate(world, failing)
    assert active(world) == before
    assert len(world.rows(rulesets)) == len(world.rows(activations)) == 1


def test_who_was_overtaken_is_told_so(world: RouterWorld) -> None:
    before = active(world)
    activate(world, world.changed(JALAN="ronda"))
    with pytest.raises(NotAsExpected, match="by budi, not"):
        world.versions.activate(world.changed(LAMPU="ronda"), OFFICER, expected=before)
    with pytest.raises(NotAsExpected):
        world.versions.activate(world.changed(LAMPU="ronda"), OFFICER, expected=None)
    assert len(world.rows(activations)) == 2


def test_of_many_at_once_one_wins(world: RouterWorld) -> None:
    before = active(world)
    endings: list[str] = []

    def compete(agency: str) -> None:
        barrier.wait(10)
        try:
            endings.append(world.versions.adopt(world.changed(**{agency: "ronda"}), OFFICER, expected=before).ruleset)
        except NotAsExpected as error:
            endings.append(error.code)

    agencies = ("JALAN", "LAMPU", "SEHAT", "KAMPUNG")
    barrier = threading.Barrier(len(agencies))
    threads = [threading.Thread(target=compete, args=(agency,)) for agency in agencies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(endings, key=len)[1:] == ["not_as_expected"] * 3
    assert active(world) in endings
    assert [row["number"] for row in world.rows(activations)] == [1, 2]


def test_the_slower_of_two_is_told_though_it_looked_before(world: RouterWorld) -> None:
    """Both saw the same set active; the number that both want can be had once."""
    before, endings = active(world), []

    def compete() -> None:
        try:
            endings.append(world.versions.adopt(world.changed(LAMPU="ronda"), OFFICER, expected=before).ruleset)
        except NotAsExpected as error:
            endings.append(error.code)

    thread = threading.Thread(target=compete)
    with world.database.write() as tx:
        assert sets.activate(tx, sets.Activation(2, "f" * 12, world.clock.now(), "x", "x", "x"))
        thread.start()
        if not world.database.is_sqlite:  # which lets it look only now that nobody else writes
            eventually(lambda: _waiting(world), 10)
    thread.join(20)
    assert endings == ["not_as_expected"]
    assert [row["actor"] for row in world.rows(activations)] == ["system", "x"]


def test_the_same_set_again_changes_nothing_but_its_wording(world: RouterWorld) -> None:
    files = files_of(world.pack)
    act = world.versions.activate(files, OFFICER, expected=active(world))
    assert (act.ending, act.stored) == (Ending.ALREADY_ACTIVE, "same")
    commented = files | {"rules/a.yaml": "# for those who come after\n" + files["rules/a.yaml"]}
    act = world.versions.activate(commented, OFFICER, expected=active(world))
    assert (act.ending, act.stored) == (Ending.ALREADY_ACTIVE, "reworded")
    assert world.versions.find(active(world))[1] == commented
    assert len(world.rows(activations)) == 1


def test_who_and_why_are_needed(world: RouterWorld) -> None:
    for wrong in (Act("", "x", "y"), Act("x", "x", "  "), Act("x" * 101, "x", "y"), Act("x", "x", "y" * 501)):
        with pytest.raises(Refused):
            world.versions.activate(world.changed(JALAN="ronda"), wrong, expected=active(world))


def test_an_id_that_is_none_or_several(world: RouterWorld) -> None:
    for wrong in ("", "abc", "zzzz", "%%%%", "____", "0000", "../x"):
        with pytest.raises(Refused, match=r"no id|no rule set"):
            world.versions.find(wrong)
    with world.database.write() as tx:
        for end in "ab":
            sets.store(tx, f"ffff{end}", {}, now=world.clock.now(), by="x")
    with pytest.raises(Refused, match="Several rule sets begin with `ffff`: ffffa, ffffb"):
        world.versions.find("FFFF")


def test_a_set_that_this_version_cannot_use_leaves_the_old_in_force(world: RouterWorld, tmp_path: Path) -> None:
    process, before = world.process(), active(world)
    process.load()
    after = activate(world, world.changed(JALAN="ronda"))
    spoil(world, after)
    assert not process.follow()
    assert process("pju mati", Place()).ruleset == before
    (warning,) = process.warnings()
    assert after in warning
    assert "rules/coba.yaml:" in warning
    found = world.versions.in_force()
    assert found is not None
    (report,) = world.versions.adoptions(found.number)
    assert (report.outcome, report.process) == ("refused", "other:1")
    assert not process.follow()
    assert len([row for row in world.rows(adoptions) if row["outcome"] == "refused"]) == 1, "said once"

    environment = {"TANGGAP_ROUTER_DATABASE_URL": world.database.url, "TANGGAP_DATA": str(tmp_path)}
    (finding,) = check_active_rules(locate(environment), tmp_path / "city")
    assert (finding.state, "1 router refused it: other:1" in finding.saw) == (State.PROBLEM, True)
    told = Shell(environment | {"TANGGAP_PACK": str(tmp_path / "city")}).run("rules", "status")
    assert told.code == 1
    assert "refused" in told.out
    assert "still decides" in " ".join(told.out.split())

    beginner = world.process("new:1")
    beginner.load()
    assert beginner("pju mati", Place()).ruleset == before
    assert beginner.warnings()
    activate(world, files_of(world.pack) | {"rules/a.yaml": files_of(world.pack)["rules/a.yaml"] + "\n"}, "undo")
    assert process.follow()
    assert process.warnings() == []


def test_a_router_without_any_usable_set_says_why(world: RouterWorld) -> None:
    spoil(world, active(world))
    with pytest.raises(RulesError, match="not valid YAML"):
        world.process().load()


def test_a_set_stored_without_spellings_gets_them_once(world: RouterWorld) -> None:
    before = active(world)
    old = {name: content for name, content in files_of(world.pack).items() if name != "spellings.yaml"}
    with world.database.write() as tx:
        tx.execute(update(rulesets).values(files=old))
    process = world.process()
    process.load()
    assert active(world) == before
    assert world.versions.find(before)[1] == files_of(world.pack)

    with world.database.write() as tx:
        tx.execute(update(rulesets).values(files=old))
    words = dict(world.pack.spellings.words) | {"pejeu": "pju"}
    text_ = world.pack.spellings_text.replace("jl: jalan", "jl: jalan, pejeu: pju")
    newer = replace(
        world.pack, spellings=replace(world.pack.spellings, words=MappingProxyType(words)), spellings_text=text_
    )
    process = world.process(pack=newer)
    process.load()
    assert active(world) != before, "other spellings are another set, which is written down as such"
    assert process("pejeu mati", Place()).ruleset == active(world)
    assert process("pejeu mati", Place()).agency == "LAMPU"


def test_what_was_active_before_activations_were_kept(url: str, tmp_path: Path) -> None:
    (tmp_path / "old" / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "versions" / "0001_first.py", tmp_path / "old" / "versions")
    database = Database(url)
    upgrade(database.engine, tmp_path / "old")
    row = "INSERT INTO rulesets VALUES ('{}', '{{\"rules/a.yaml\": \"x\"}}', {}, '2026-01-02 03:04:05+00:00', {})"
    with database.write() as tx:
        tx.execute(text(row.format("aaaa", "false", "NULL").replace("\\:", ":")))
        tx.execute(text(row.format("bbbb", "true", "'2026-02-03 04:05:06+00:00'")))
    assert upgrade(database.engine, MIGRATIONS) == ["router_0002"]
    with database.read() as connection:
        found = sets.in_force(connection)
        assert sets.files_of(connection, "aaaa") == {"rules/a.yaml": "x"}
        assert {one.imported_by for one in sets.stored(connection)} == {"system"}
    database.close()
    assert found is not None
    assert (found.number, found.ruleset, found.actor) == (1, "bbbb", "system")
    assert f"{found.at:%Y-%m-%d %H:%M:%S}" == "2026-02-03 04:05:06"


def test_labels_are_the_newest_word_of_a_person_in_any_order(world: RouterWorld) -> None:
    process = world.process()
    process.load()
    world.hear(process, assigned(1, "JALAN", revision=5), assigned(1, "LAMPU", revision=3), assigned(2, "SEHAT"))
    world.hear(process, received(1, "pju mati"), assigned(1, "LAMPU", revision=4))
    rows = {row["complaint_id"]: row for row in world.rows(labels)}
    assert {key: (row["agency"], row["revision"], row["role"]) for key, row in rows.items()} == {
        "c1": ("JALAN", 5, "coordinator"), "c2": ("SEHAT", 3, "coordinator"),
    }  # fmt: skip
    with world.database.read() as connection:
        examples = labelled_cases(connection, RECEIVED - timedelta(days=1))
        assert [(one.id, one.text, one.label) for one in examples] == [("CTH-0001", "pju mati", "JALAN")]
        assert labelled_cases(connection, RECEIVED + timedelta(days=1)) == []


def test_rules_are_tried_on_what_came_in_as_it_came_in(world: RouterWorld) -> None:
    process = world.process()
    process.load()
    world.hear(
        process, received(1, "ronda malam", channel="sms"), received(2, "ronda malam"), received(3, "pju mati"),
        received(4, "surat hilang", place=Place(kelurahan="Tanjung")), assigned(2, "LAMPU"), assigned(3, "LAMPU"),
    )  # fmt: skip
    by_sms = "rules:\n  - {id: c, agency: JALAN, about: x, phrases: {ronda: 9}, when: {channel: [sms]}}\n"
    there = "  - {id: d, agency: SEHAT, about: x, phrases: {surat hilang: 9}, when: {kelurahan: [Tanjung]}}\n"
    new = files_of(world.pack) | {"rules/coba.yaml": by_sms + there}
    trial = try_rules(world.versions, (active(world), files_of(world.pack)), new, Bounds(days=1))
    assert {(one.id, one.old, one.new) for one in trial.difference.moved} == {
        ("CTH-0001", "triage", "JALAN"), ("CTH-0004", "KAMPUNG", "SEHAT"),
    }  # fmt: skip
    assert (trial.stored, trial.complete, trial.difference.labelled, trial.difference.old_right) == (4, True, 2, 1)
    some = try_rules(world.versions, (active(world), files_of(world.pack)), new, Bounds(days=1, complaints=2))
    assert (some.difference.compared, some.complete) == (2, False)
    none = try_rules(world.versions, (active(world), files_of(world.pack)), new, Bounds(days=1, seconds=-1))
    assert (none.difference.compared, none.complete) == (0, False)
    with world.database.read() as connection:
        assert recent_complaints(connection, world.clock.now(), 10) == []


def test_a_running_router_follows_within_two_seconds_and_shows_what_decides(world: RouterWorld) -> None:
    world.service.start()
    try:
        after = activate(world, world.changed(JALAN="ronda"))
        line = f'tanggap_ruleset_in_force{{ruleset="{after}"}} 1.0'
        eventually(lambda: line in world.client.get("/metrics").text, 2.5)
        assert world.client.get("/metrics").text.count("\ntanggap_ruleset_in_force{") == 1
        worse = "f" * 12
        with world.database.write() as tx:  # as an older or newer program might have stored it
            sets.store(tx, worse, {"rules/a.yaml": "rules: ["}, now=world.clock.now(), by="x")
            sets.activate(tx, sets.Activation(3, worse, world.clock.now(), "x", "x", "x"))
        ready = eventually(lambda: _warned(world), 4)
        assert ready["status"] == "ready"
        assert worse in ready["warnings"][0]
    finally:
        world.service.request_stop()
        assert world.service.finish_stop()


def spoil(world: RouterWorld, ruleset: str) -> None:
    """As if an older or newer program had stored what this one cannot read."""
    files = world.versions.find(ruleset)[1] | {"rules/coba.yaml": "rules: ["}
    with world.database.write() as tx:
        tx.execute(update(rulesets).where(rulesets.c.ruleset == ruleset).values(files=files))


def _waiting(world: RouterWorld) -> bool:
    with world.database.read() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def _warned(world: RouterWorld) -> dict[str, object] | None:
    body = world.client.get("/readyz").get_json()
    return body if body["warnings"] else None
