"""`docs/cases.md` tells the table of states as it is."""

from pathlib import Path

from services.desk.cases.machine import MOVES, SETTLED, STATES

PAGE = Path(__file__).parents[3] / "docs" / "cases.md"


def table() -> list[str]:
    """The rows, as they have to stand in the page."""
    rows = []
    for act, targets in MOVES.items():
        by_target: dict[tuple[str, ...], list[str]] = {}
        for state, after in targets.items():
            stays = after == frozenset({state})
            by_target.setdefault(("stays",) if stays else tuple(sorted(after, key=STATES.index)), []).append(state)
        for after, states in by_target.items():
            ordered = sorted(states, key=STATES.index)
            rows.append(f"| `{act}` | {_listed(ordered)} | {'stays' if after == ('stays',) else _listed(after)} |")
    return rows


def _listed(states: list[str] | tuple[str, ...]) -> str:
    if set(states) == set(STATES):
        return "any"
    if set(states) == set(STATES) - SETTLED:
        return "any that is open"
    return ", ".join(states)


def test_the_page_has_the_table_of_states() -> None:
    lines = PAGE.read_text().splitlines()
    begin = lines.index("| act | in the state | becomes |") + 2
    found = lines[begin : lines.index("", begin)]
    assert found == table(), "docs/cases.md must say:\n" + "\n".join(table())


def test_the_page_tells_every_state() -> None:
    text = PAGE.read_text()
    assert [state for state in STATES if f"| `{state}` |" not in text] == []
