"""A rule set as files: the same content is the same set, however it is laid out, and it needs nothing of the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.rule import RulesError
from services.router.rule_files import city_with, compile_files, files_of, lint_files
from services.router.ruleset import decider_of
from shared.citypack import Agency, CityPack, load_pack
from shared.contracts.fields import Place
from tests.unit.router.conftest import SMALL_CITY, write_city


def test_a_pack_written_and_read_again_is_the_same_set(small_pack: CityPack, tmp_path: Path) -> None:
    files = files_of(small_pack)
    assert set(files) == {"rules/a.yaml", "rules/b.yaml", "spellings.yaml"}
    write_city(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = load_pack(tmp_path)
    assert files_of(again) == files
    assert compile_files(files_of(again), again).id == compile_files(files, small_pack).id


@given(chance=st.randoms(), names=st.permutations(["rules/x.yaml", "rules/y z.yaml"]))
@settings(max_examples=30, deadline=None)
def test_names_and_order_of_files_do_not_matter(chance, names: list[str], small_pack: CityPack) -> None:  # type: ignore[no-untyped-def]
    files = files_of(small_pack)
    renamed = {"rules/a.yaml": names[0], "rules/b.yaml": names[1]}
    turned = [(renamed.get(name, name), text) for name, text in files.items()]
    chance.shuffle(turned)
    assert compile_files(dict(turned), small_pack).id == compile_files(files, small_pack).id


def test_a_comment_is_no_other_set_and_a_spelling_is(small_pack: CityPack) -> None:
    files = files_of(small_pack)
    known = compile_files(files, small_pack).id
    assert compile_files(files | {"rules/a.yaml": "# seen\n" + files["rules/a.yaml"]}, small_pack).id == known
    spelt = files["spellings.yaml"].replace("jl: jalan", "jl: jalan, pejeu: pju")
    assert compile_files(files | {"spellings.yaml": spelt}, small_pack).id != known


def test_a_stored_set_decides_alike_whatever_becomes_of_the_pack(small_pack: CityPack) -> None:
    spelt = {"spellings.yaml": SMALL_CITY["spellings.yaml"].replace("jl: jalan", "jl: jalan, pejeu: pju")}
    stored = files_of(small_pack) | spelt
    _, decide = decider_of(stored, small_pack)
    assert decide("pejeu mati", Place()).agency == "LAMPU"
    emptied = replace(small_pack, rule_files=(), spellings=replace(small_pack.spellings, words={}), spellings_text="")
    _, later = decider_of(stored, emptied)
    assert later("pejeu mati", Place()) == decide("pejeu mati", Place())


def test_a_set_stored_without_spellings_has_those_of_the_pack(small_pack: CityPack) -> None:
    files = files_of(small_pack)
    old = {name: text for name, text in files.items() if name != "spellings.yaml"}
    assert city_with(small_pack, old).spellings == small_pack.spellings
    assert compile_files(old, small_pack).id == compile_files(files, small_pack).id


def test_a_stored_set_keeps_the_id_under_which_it_was_stored(small_pack: CityPack) -> None:
    ruleset, decide = decider_of(files_of(small_pack), small_pack, "0123456789ab")
    assert ruleset.id == decide("pju mati", Place()).ruleset == "0123456789ab"


@pytest.mark.parametrize(
    "name",
    ["../evil.yaml", "rules/../../evil.yaml", "rules/.hidden.yaml", "rules/a/b.yaml", "city.yaml", "rules/a.txt",
     "rules/\x00.yaml", "", "rules/\ud800.yaml"],
)  # fmt: skip
def test_a_name_that_is_none_of_a_rule_set_is_refused(name: str, small_pack: CityPack) -> None:
    files = files_of(small_pack) | {name: "rules: []"}
    with pytest.raises(RulesError, match="no name of a file of rules"):
        compile_files(files, small_pack)
    assert "error" in {problem.level for problem in lint_files(files, small_pack)}


def test_spellings_are_checked_with_file_and_line(small_pack: CityPack) -> None:
    broken = files_of(small_pack) | {"spellings.yaml": "words: {jl: jalan}\nfilers: [yang]\n"}
    (problem,) = [one for one in lint_files(broken, small_pack) if one.file == "spellings.yaml"]
    assert (problem.line, problem.level) == (2, "error")
    with pytest.raises(RulesError, match=r"spellings.yaml:2: `filers` is not known here"):
        compile_files(broken, small_pack)


def test_agencies_of_the_desk_may_be_named_beside_those_of_the_pack(small_pack: CityPack) -> None:
    text = "rules:\n  - {id: taman, agency: TAMAN, about: x, phrases: {taman: 5}}\n"
    files = files_of(small_pack) | {"rules/c.yaml": text}
    assert any("`TAMAN`" in one.what for one in lint_files(files, small_pack))
    assert not any(one.level == "error" for one in lint_files(files, small_pack, [Agency("TAMAN", "x", "internal")]))


def test_a_set_without_rules_is_none(small_pack: CityPack) -> None:
    with pytest.raises(RulesError, match="There are no rules"):
        compile_files({"spellings.yaml": small_pack.spellings_text}, small_pack)
