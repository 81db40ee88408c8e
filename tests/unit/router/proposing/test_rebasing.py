"""Two people who change the rules from the same beginning: nobody's change is dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from services.router.proposing.rebasing import merge_lines, rebase

FILES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"]))
LINES = st.lists(st.sampled_from(["x\n", "y\n", "z\n"]), max_size=8).map("".join)


@given(base=FILES, ours=FILES, theirs=FILES)
@budget(max_examples=80, deadline=None)
def test_a_file_comes_from_the_side_that_changed_it_or_is_told(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> None:
    found = rebase(base, ours, theirs)
    conflicts = {conflict.file for conflict in found.conflicts}
    for name in base.keys() | ours.keys() | theirs.keys():
        old, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if name in conflicts:
            assert len({old, mine, other}) == 3
            assert name not in found.files
        else:
            assert found.files.get(name) == (other if mine == old else mine)
    assert rebase(base, theirs, ours).files == found.files, "it does not matter who is asked"


@given(base=LINES, changed=LINES)
@budget(max_examples=100, deadline=None)
def test_a_change_of_one_side_alone_is_that_change(base: str, changed: str) -> None:
    assert merge_lines(base, changed, base) == changed == merge_lines(base, base, changed)
    assert merge_lines(base, changed, changed) == changed


def test_different_lines_go_together_and_the_same_ones_never() -> None:
    base = "a: 1\nb: 2\nc: 3\nd: 4\n"
    assert merge_lines(base, base.replace("1", "9"), base + "e: 5\n") == "a: 9\nb: 2\nc: 3\nd: 4\ne: 5\n"
    assert merge_lines(base, base.replace("a: 1", "a: 8"), base.replace("a: 1", "a: 9")) is None
    assert merge_lines(base, base + "x: 1\n", base + "y: 1\n") is None, "which of them comes first is not ours to say"
    (conflict,) = rebase({"f": base}, {"f": base.replace("1", "9")}, {"f": base + "e: 5\n"}).conflicts
    assert conflict.merged == "a: 9\nb: 2\nc: 3\nd: 4\ne: 5\n"
    (conflict,) = rebase({"f": base}, {}, {"f": base + "e: 5\n"}).conflicts
    assert (conflict.ours, conflict.merged) == (None, None)
