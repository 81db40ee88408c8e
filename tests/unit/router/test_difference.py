"""What another rule set changes: for complaints, beside what people said, and in the rules themselves."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.decision import Decision
from services.router.difference import Moved, Verdict, compare_decisions
from services.router.rule_changes import compare_files
from services.router.rule_files import files_of
from services.router.sample import Sample
from shared.citypack import CityPack

PLACES = ["LAMPU", "JALAN", "SEHAT", None]
TURNED = {Verdict.CONTRADICTS: Verdict.AGREES, Verdict.AGREES: Verdict.CONTRADICTS}


def decides(answers: dict[str, str | None], *, emergency: bool = False) -> Any:
    def decide(text: str, *_: Any) -> Decision:
        agency = answers.get(text)
        outcome = "triage" if agency is None else "emergency" if emergency else "routed"
        return Decision(outcome, "matched" if agency else "no_match", "x", agency)

    return decide


def moved(label: str, old: str | None, new: str | None) -> Moved:
    (one,) = compare_decisions([Sample("T1", "x", label=label)], decides({"x": old}), decides({"x": new})).moved
    return one


def test_what_a_person_said_judges_the_change() -> None:
    assert moved("LAMPU", "LAMPU", "JALAN").verdict is Verdict.CONTRADICTS
    assert moved("LAMPU", "LAMPU", None).verdict is Verdict.CONTRADICTS
    assert moved("LAMPU", "JALAN", "LAMPU").verdict is Verdict.AGREES
    assert moved("LAMPU", None, "LAMPU").verdict is Verdict.AGREES
    assert moved("LAMPU", None, "JALAN").verdict is Verdict.NEITHER
    assert moved("", None, "JALAN").verdict is Verdict.UNJUDGED
    assert (moved("", None, "JALAN").old, moved("", None, "JALAN").old_reason) == ("triage", "no_match")


def test_contradictions_come_first_and_an_excerpt_shows_no_number() -> None:
    samples = [
        Sample("T1", "a"), Sample("T2", "b", label="LAMPU"), Sample("T3", "c", label="JALAN"),
        Sample("T4", f"telepon 0812-3456-7890 {'x' * 200}", label="LAMPU"), Sample("T5", "d", label="LAMPU"),
    ]  # fmt: skip
    texts = [sample.text for sample in samples]
    old = decides(dict.fromkeys(texts, "LAMPU"))
    new = decides(dict.fromkeys(texts[:4], "JALAN") | {"d": "LAMPU"})
    found = compare_decisions(samples, old, new)
    assert [one.id for one in found.ordered()] == ["T2", "T4", "T3", "T1"]
    assert (found.compared, found.labelled, found.old_right, found.new_right) == (5, 4, 3, 2)
    assert found.matrix == [("LAMPU", "JALAN", 4)]
    excerpt = found.ordered()[1].excerpt
    assert excerpt.startswith("telepon [telepon] x")
    assert len(excerpt) <= 72


def test_the_same_agency_at_once_is_a_change_too() -> None:
    found = compare_decisions([Sample("T1", "x")], decides({"x": "LAMPU"}), decides({"x": "LAMPU"}, emergency=True))
    assert found.matrix == [("LAMPU", "LAMPU (emergency)", 1)]


@given(
    rows=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.sampled_from(["", *PLACES[:3]]))),
)
@settings(max_examples=100, deadline=None)
def test_turning_the_sides_round_turns_every_row_round(rows: list[tuple[str | None, str | None, str]]) -> None:
    samples = [Sample(f"T{n}", f"t{n}", label=label) for n, (_, _, label) in enumerate(rows)]
    sides = [decides({f"t{n}": row[side] for n, row in enumerate(rows)}) for side in (0, 1)]
    there, back = compare_decisions(samples, *sides), compare_decisions(samples, *reversed(sides))
    assert sorted((old, new, count) for new, old, count in back.matrix) == sorted(there.matrix)
    assert (back.old_right, back.new_right) == (there.new_right, there.old_right)
    verdicts = {one.id: one.verdict for one in back.moved}
    assert {one.id: TURNED.get(one.verdict, one.verdict) for one in there.moved} == verdicts
    assert {one.id for one in there.moved} == {f"T{n}" for n, row in enumerate(rows) if row[0] != row[1]}


def test_every_difference_that_can_decide_something_is_named(small_pack: CityPack) -> None:
    files = files_of(small_pack)
    new = files | {
        "rules/a.yaml": files["rules/a.yaml"].replace("gelap: 3", "gelap: 4, padam: 5").replace("also: [JALAN]", ""),
        "spellings.yaml": files["spellings.yaml"].replace("lobang: lubang", "lobang: lubang, pejeu: pju"),
        "rules/b.yaml": "# a comment changes nothing\n" + files["rules/b.yaml"].replace("margin: 1", "margin: 2"),
    }
    told = [tuple(change.as_dict().values()) for change in compare_files(files, new, small_pack)]
    assert told == [
        ("general", "settings margin", "1", "2"),
        ("lampu", "also JALAN", "yes", None),
        ("lampu", "phrase gelap", "+3", "+4"),
        ("lampu", "phrase padam", None, "+5"),
        ("spellings", "word pejeu", None, "pju"),
    ]
    back = [tuple(change.as_dict().values()) for change in compare_files(new, files, small_pack)]
    assert [(where, what, old, new) for where, what, new, old in back] == told
    assert compare_files(files, files, small_pack) == []


def test_a_rule_that_comes_or_goes_is_named_whole(small_pack: CityPack) -> None:
    files = files_of(small_pack)
    added = files | {
        "rules/c.yaml": "rules:\n  - {id: ronda, agency: JALAN, about: Ronda., phrases: {ronda: 5}, urgent: true,"
        " when: {all: [ronda, malam]}, not: [siang]}\n"
    }
    whats = {change.what: change.new for change in compare_files(files, added, small_pack) if change.where == "ronda"}
    assert set(whats) == {"rule", "phrase ronda", "urgent", "when", "not siang"}
    assert whats["rule"] == "JALAN: Ronda."
