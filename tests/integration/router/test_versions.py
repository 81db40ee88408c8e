"""Versions of the rules in both databases: one door in, one at a time, a history that is kept."""

import shutil
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from services.router import repository_rules as sets
from services.router.app import MIGRATIONS
from services.router.rule_files import compile_files, files_of
from services.router.tables import activations, metadata, rulesets
from services.router.versions import Act, Ending, NotAsExpected, RulesRefused
from shared.errors import Refused
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.integration.router.world import (
    OFFICER,
    RouterWorld,
    activate,
    active,
)
from tests.support.eventually import eventually


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


def test_what_was_active_before_activations_were_kept(url: str, tmp_path: Path) -> None:
    (tmp_path / "old" / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "versions" / "0001_first.py", tmp_path / "old" / "versions")
    database = Database(url)
    upgrade(database.engine, tmp_path / "old")
    row = "INSERT INTO rulesets VALUES ('{}', '{{\"rules/a.yaml\": \"x\"}}', {}, '2026-01-02 03:04:05+00:00', {})"
    with database.write() as tx:
        tx.execute(text(row.format("aaaa", "false", "NULL").replace("\\:", ":")))
        tx.execute(text(row.format("bbbb", "true", "'2026-02-03 04:05:06+00:00'")))
    assert upgrade(database.engine, MIGRATIONS) == [f"router_{number:04}" for number in range(2, 7)]
    with database.read() as connection:
        found = sets.in_force(connection)
        assert sets.files_of(connection, "aaaa") == {"rules/a.yaml": "x"}
        assert {one.imported_by for one in sets.stored(connection)} == {"system"}
    database.close()
    assert found is not None
    assert (found.number, found.ruleset, found.actor) == (1, "bbbb", "system")
    assert f"{found.at:%Y-%m-%d %H:%M:%S}" == "2026-02-03 04:05:06"


def _waiting(world: RouterWorld) -> bool:
    with world.database.read() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())
