"""What people decided is kept, and rules are tried on it."""

from datetime import timedelta

from services.router.repository_labels import labelled_cases, recent_complaints
from services.router.rule_files import files_of
from services.router.tables import labels
from services.router.trial import Bounds, try_rules
from shared.contracts.fields import Place
from tests.integration.router.world import RECEIVED, RouterWorld, active, assigned, received


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
