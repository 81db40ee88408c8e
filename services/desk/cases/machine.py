"""The states of a case and what leads from one to another, with the words of the national system. Pure.

`late` is no state: it is a clock that ran out (`services/desk/deadlines/`). "Verified" is no resting state either: the
rules' or a coordinator's decision verifies a complaint and forwards it in one step.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import Refused

TRIAGE = "triage"
"""Received, and nobody is in charge: a coordinator decides."""
WAITING = "waiting"
"""The citizen was asked for more."""
FORWARDED = "forwarded"
REFERRED = "referred"
"""A body outside the city is in charge; the city's clock stands."""
IN_PROGRESS = "in_progress"
ANSWERED = "answered"
CLOSED = "closed"
ARCHIVED = "archived"
WITHDRAWN = "withdrawn"
"""The citizen did not answer a question in time."""

STATES = (TRIAGE, WAITING, FORWARDED, REFERRED, IN_PROGRESS, ANSWERED, CLOSED, ARCHIVED, WITHDRAWN)
SETTLED = frozenset({CLOSED, ARCHIVED, WITHDRAWN})
OPEN = tuple(state for state in STATES if state not in SETTLED)
HELD = (FORWARDED, IN_PROGRESS, ANSWERED)
"""An agency of the city has it."""

ROUTED, UNROUTED, TAKEN_OVER = "routed", "unrouted", "taken_over"
OPENINGS = frozenset({ROUTED, UNROUTED, TAKEN_OVER})
"""What a case begins with; `taken_over` is one that an earlier version of the desk had."""
ASSIGNED, ACKNOWLEDGED, ANSWER, CLOSING = "assigned", "acknowledged", "answered", "closed"
ASKED, RESUMED, RETURNED, LAPSED = "asked", "resumed", "returned", "withdrawn"
ARCHIVING, MERGED, REOPENED = "archived", "merged", "reopened"
SPLIT, COPIED, NOTED, REFERENCED = "split", "copied", "noted", "referenced"
ESCALATED, RECOUNTED = "escalated", "recounted"

_Targets = Mapping[str, frozenset[str]]


def _from(states: tuple[str, ...], *to: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(states, frozenset(to))


def _staying(states: tuple[str, ...]) -> dict[str, frozenset[str]]:
    return {state: frozenset({state}) for state in states}


_UNSETTLED_AGENCY = (FORWARDED, IN_PROGRESS)
MOVES: Mapping[str, _Targets] = {
    ASSIGNED: _from((TRIAGE, WAITING, *HELD, REFERRED), FORWARDED, REFERRED),
    ACKNOWLEDGED: _from((FORWARDED,), IN_PROGRESS),
    ANSWER: _from((IN_PROGRESS, ANSWERED, REFERRED), ANSWERED),
    CLOSING: _from((IN_PROGRESS, ANSWERED, REFERRED), CLOSED),
    ASKED: _from((TRIAGE, *_UNSETTLED_AGENCY), WAITING),
    RESUMED: _from((WAITING,), TRIAGE, *_UNSETTLED_AGENCY),
    LAPSED: _from((WAITING, TRIAGE), WITHDRAWN),
    RETURNED: _from((WAITING, *HELD), TRIAGE),
    ARCHIVING: _from((TRIAGE, WAITING, REFERRED, *_UNSETTLED_AGENCY), ARCHIVED),
    MERGED: _from((TRIAGE, WAITING, REFERRED, *_UNSETTLED_AGENCY), ARCHIVED),
    REOPENED: {
        **_from((ANSWERED, CLOSED), IN_PROGRESS, TRIAGE),
        **_from((ARCHIVED, WITHDRAWN), TRIAGE),
    },
    SPLIT: _staying(OPEN),
    COPIED: _staying(OPEN),
    NOTED: _staying(STATES),
    REFERENCED: _staying(STATES),
    ESCALATED: _staying(OPEN),
    RECOUNTED: _staying(STATES),
}
"""Act -> state before -> the states that may follow. What is not here does not happen."""


class Impossible(Refused):
    """The case is in a state in which that cannot be done."""

    code = "not_in_this_state"


def may_follow(state: str, act: str) -> bool:
    return state in MOVES.get(act, {})


def check(state: str, act: str, after: str) -> None:
    """Raises `Impossible` when the table does not lead from `state` by `act` to `after`."""
    if after not in MOVES.get(act, {}).get(state, frozenset()):
        raise Impossible(f"a case that is {state} cannot become {after} by {act}", status=409)
