"""Router processes follow what was activated, without restart and back again; what they cannot use they leave."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import update

from services.operations.checks_stored import check_active_rules
from services.operations.finding import State
from services.operations.installation import locate
from services.router import repository_rules as sets
from services.router.rule import RulesError
from services.router.rule_files import files_of
from services.router.tables import adoptions, audit, rulesets
from services.router.versions import Ending
from shared.contracts.fields import Place
from tests.integration.router.world import (
    OFFICER,
    RouterWorld,
    activate,
    active,
)
from tests.support.eventually import eventually
from tests.unit.operations.shell import Shell


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


def _warned(world: RouterWorld) -> dict[str, object] | None:
    body = world.client.get("/readyz").get_json()
    return body if body["warnings"] else None
