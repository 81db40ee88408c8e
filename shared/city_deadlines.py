"""How long a city gives itself: what its pack's `deadlines.yaml` says, as values with usual defaults.

A clock begins, is met, ends or rests when a case enters a state. A city may leave the file out, and each clock of it:
what is not said is as usual. What the law says and what is only habit is marked there with `source` and `confirm`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from shared.marked_yaml import Section, as_integer, suggest

DEADLINES_FILE = "deadlines.yaml"
FORWARD, RESPOND, SETTLE, CLOSE, COMPLETE = "forward", "respond", "settle", "close", "complete"
CLOCKS = (FORWARD, RESPOND, SETTLE, CLOSE, COMPLETE)
WORKING, CALENDAR = "working", "calendar"
UNITS = (WORKING, CALENDAR)
STATES = (
    "triage", "waiting", "forwarded", "referred", "in_progress", "answered", "closed", "archived", "withdrawn",
)  # fmt: skip
RUNGS = ("officer", "head", "coordinator", "secretary")
INSPECTION, URGENT, OTHER = "inspection", "urgent", "other"
CASE_KINDS = ("pengaduan", "aspirasi", "permintaan_informasi")
DAY_KEYS = (INSPECTION, URGENT, *CASE_KINDS, OTHER)
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Rung:
    """`step` counts from 1. `days` are working days after the deadline; less than 0: before it. `who` is a role."""

    step: int
    who: str
    days: int

    @property
    def tells_coordination(self) -> bool:
        """Whether the city's coordinating office is written to, not the agency in charge."""
        return self.who in ("coordinator", "secretary")


@dataclass(frozen=True, slots=True)
class ClockRule:
    """`starts`, `meets`, `ends` and `pauses` are states, none in two of them; in every other state it just goes on.

    `again` are acts that start it anew while the case stays in one of `starts`. `days` has a number for each of
    `DAY_KEYS` that differs, `other` is always there.
    """

    name: str
    days: Mapping[str, int]
    unit: str
    starts: frozenset[str]
    meets: frozenset[str]
    ends: frozenset[str]
    pauses: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    ladder: tuple[Rung, ...] = ()
    source: str = ""
    confirm: bool = False

    def days_for(self, kind: str, *, inspection: bool = False, urgent: bool = False) -> int:
        """What needs inspection takes its time even when it is urgent."""
        keys = ((INSPECTION, inspection), (URGENT, urgent), (kind, True))
        return next((self.days[key] for key, holds in keys if holds and key in self.days), self.days[OTHER])


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """`coordination` is the agency that hears of what nobody took; None: nobody outside the desk does."""

    rules: tuple[ClockRule, ...]
    inspection_agencies: frozenset[str] = frozenset()
    coordination: str | None = None
    confirm_coordination: bool = False

    def rule(self, name: str) -> ClockRule | None:
        return next((rule for rule in self.rules if rule.name == name), None)


def _ladder(*rungs: tuple[str, int]) -> tuple[Rung, ...]:
    return tuple(Rung(step, who, days) for step, (who, days) in enumerate(rungs, 1))


def _days(other: int, **more: int) -> Mapping[str, int]:
    return MappingProxyType({**more, OTHER: other})


_ABANDONED = frozenset({"archived", "withdrawn"})
_RESTING = frozenset({"waiting", "referred"})
_UP = _ladder(("officer", -1), ("head", 0), ("coordinator", 2), ("secretary", 5))
_USUAL_RULES = (
    ClockRule(
        FORWARD, _days(3), WORKING, frozenset({"triage"}),
        frozenset({"forwarded", "referred", "in_progress", "answered", "closed"}), _ABANDONED, frozenset({"waiting"}),
        ladder=_ladder(("coordinator", -1), ("coordinator", 0), ("secretary", 2)),
    ),
    ClockRule(
        RESPOND, _days(5), WORKING, frozenset({"forwarded"}), frozenset({"in_progress", "answered", "closed"}),
        _ABANDONED | {"triage"}, _RESTING, frozenset({"assigned"}), _UP,
    ),
    ClockRule(
        SETTLE, _days(14, permintaan_informasi=5, inspection=60), WORKING, frozenset({"forwarded", "in_progress"}),
        frozenset({"answered", "closed"}), _ABANDONED, _RESTING, ladder=_UP,
    ),
    ClockRule(
        CLOSE, _days(10), WORKING, frozenset({"answered"}), frozenset({"closed"}),
        frozenset(STATES) - {"answered", "closed"}, again=frozenset({"answered", "added"}),
    ),
    ClockRule(
        COMPLETE, _days(30), CALENDAR, frozenset({"waiting"}),
        frozenset({"triage", "forwarded", "referred", "in_progress", "answered"}), _ABANDONED | {"closed"},
        again=frozenset({"asked"}),
    ),
)  # fmt: skip
USUAL_POLICY = DeadlinePolicy(_USUAL_RULES)
"""The national rules of SP4N, where a city says nothing."""


def read_deadlines(part: Section, agencies: Collection[str]) -> DeadlinePolicy:
    """`agencies` are the codes of the pack. Never raises; what is wrong is noted in the section's problems."""
    clocks = part.section("clocks")
    rules = tuple(_rule(clocks, rule) for rule in _USUAL_RULES)
    clocks.finish()
    inspection = part.section("inspection")
    inspecting = inspection.lined_texts("agencies")
    for code, line in inspecting:
        _check_agency(inspection, code, agencies, line)
    inspection.finish()
    office = part.section("coordination")
    code = office.text("agency", required="coordination" in part.entries)
    if code:
        _check_agency(office, code, agencies, office.line_of("agency"))
    confirm = office.flag("confirm")
    office.finish()
    part.finish()
    return DeadlinePolicy(rules, frozenset(code for code, _ in inspecting), code or None, confirm)


def _check_agency(part: Section, code: str, agencies: Collection[str], line: int) -> None:
    if code not in agencies:
        part.complain(f"There is no agency `{code}`.", suggest(code, sorted(agencies)), line)


def _rule(clocks: Section, usual: ClockRule) -> ClockRule:
    if usual.name not in clocks.entries:
        clocks.section(usual.name)  # asked for, so that a misspelt name is told with the known ones
        return usual
    part = clocks.section(usual.name)
    unit = part.text("unit", required=False, default=usual.unit)
    if unit not in UNITS:
        part.complain(f"`unit: {unit}` is not known.", suggest(unit, UNITS), part.line_of("unit"))
        unit = usual.unit
    states = {key: _states(part, key, getattr(usual, key)) for key in ("starts", "meets", "ends", "pauses")}
    again = frozenset(part.texts("again")) if "again" in part.entries else usual.again
    part.texts("again")
    found = replace(
        usual, unit=unit, days=_read_days(part, usual), again=again, ladder=_read_ladder(part, usual),
        source=part.text("source", required=False), confirm=part.flag("confirm"), starts=states["starts"],
        meets=states["meets"], ends=states["ends"], pauses=states["pauses"],
    )  # fmt: skip
    part.finish()
    return usual if _contradicts(part, states) else found


def _states(part: Section, key: str, usual: frozenset[str]) -> frozenset[str]:
    listed = part.lined_texts(key)
    for state, line in listed:
        if state not in STATES:
            part.complain(f"`{state}` is no state of a case.", suggest(state, STATES), line)
    return frozenset(state for state, _ in listed if state in STATES) if key in part.entries else usual


def _contradicts(part: Section, states: Mapping[str, frozenset[str]]) -> bool:
    """Whether a state does two things to the clock."""
    twice = [state for state in STATES if sum(state in listed for listed in states.values()) > 1]
    for state in twice:
        keys = [f"`{key}`" for key, listed in states.items() if state in listed]
        part.complain(f"`{state}` stands in {' and '.join(keys)}.", "Keep it in one of them.")
    if not states["starts"]:
        part.complain("The clock never starts.", "Name a state in `starts`.", part.line_of("starts"))
    return bool(twice) or not states["starts"]


def _read_days(part: Section, usual: ClockRule) -> Mapping[str, int]:
    """A number, or a number for each kind."""
    if "days" not in part.entries:
        part.section("days")
        return usual.days
    if isinstance(part.entries["days"][0].value, str):  # one number for all
        return _days(_sensible(part, "days", part.text("days"), part.line_of("days"), usual.days[OTHER]))
    found = {}
    for key, text, line in part.pairs("days"):
        if key not in DAY_KEYS:
            part.complain(f"`{key}` is no kind of case.", suggest(key, DAY_KEYS), line)
        else:
            found[key] = _sensible(part, key, text, line, usual.days[OTHER])
    if OTHER not in found:
        part.complain("`days` does not say how many there usually are.", "Add a line `other: 14`.")
        found[OTHER] = usual.days[OTHER]
    return MappingProxyType(found)


def _sensible(part: Section, key: str, text: str, line: int, usual: int) -> int:
    number = as_integer(text)
    if number is None or not 1 <= number <= MOST_DAYS:
        part.complain(f"`{key}: {text}` should be a number of days, 1 to {MOST_DAYS}.", f"Usual is {usual}.", line)
        return usual
    return number


def _read_ladder(part: Section, usual: ClockRule) -> tuple[Rung, ...]:
    if "ladder" not in part.entries:
        part.sections("ladder")
        return usual.ladder
    rungs: list[tuple[str, int]] = []
    for row in part.sections("ladder"):
        who, days = row.text("who"), as_integer(row.text("days"))
        if who and who not in RUNGS:
            row.complain(f"`{who}` is no rung.", suggest(who, RUNGS), row.line_of("who"))
        if days is None or not -MOST_DAYS <= days <= MOST_DAYS:
            row.complain("`days` should be a whole number.", "-1 is one working day before.", row.line_of("days"))
        elif rungs and days < rungs[-1][1]:
            row.complain("The ladder goes down.", "Write the rungs in the order of their days.", row.line_of("days"))
        row.finish()
        rungs.append((who, days or 0))
    return _ladder(*rungs)


__all__ = [
    "CALENDAR", "CLOCKS", "CLOSE", "COMPLETE", "DEADLINES_FILE", "DeadlinePolicy", "FORWARD", "RESPOND", "SETTLE",
    "STATES", "USUAL_POLICY", "WORKING", "ClockRule", "Rung", "read_deadlines",
]  # fmt: skip
