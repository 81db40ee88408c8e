"""The flame graph of the benches: each row as wide as its share, on its caller, and safe to open."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.flame import drawn

SVG = "{http://www.w3.org/2000/svg}"
FRAMES = st.text(st.characters(categories=("L", "N"), include_characters="<>&\"' ()/._"), min_size=1, max_size=30)
STACKS = st.dictionaries(st.lists(FRAMES, min_size=1, max_size=5).map(tuple), st.integers(1, 1000), max_size=12)


@given(STACKS)
def test_each_row_lies_within_its_caller_and_the_lowest_row_is_everything(stacks: dict[tuple[str, ...], int]) -> None:
    svg = ElementTree.fromstring(drawn(stacks, "a <title> & more"))
    boxes = [group.find(f"{SVG}rect") for group in svg.findall(f"{SVG}g")]
    spans = [[float(box.get(name, "")) for name in ("x", "y", "width")] for box in boxes if box is not None]
    lowest = max((y for _, y, _ in spans), default=0.0)
    if stacks:
        assert abs(sum(width for _, y, width in spans if y == lowest) - 1200) < 1200 * 0.002 * len(stacks) + 1
    for x, y, width in spans:
        below = [(left, wide) for left, row, wide in spans if row == y + 17]
        assert y == lowest or any(left - 0.2 <= x and x + width <= left + wide + 0.2 for left, wide in below)


def test_a_title_tells_the_share() -> None:
    told = drawn({("intake", "a (x.py)"): 30, ("intake", "b (x.py)"): 10, ("desk",): 40}, "t")
    assert re.findall(r"<title>(.*?)</title>", told) == [
        "desk: 50.0%",
        "intake: 50.0%",
        "a (x.py): 37.5%",
        "b (x.py): 12.5%",
    ]
