"""One thing that is well or not, as a process sees it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.thresholds import OK, PROBLEM, UNKNOWN, WARNING, Limit

STATES = (OK, UNKNOWN, WARNING, PROBLEM)
Fact = str | int | float
_MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Sign:
    """`about` tells signs of one name apart (a folder, a channel). `value` is in `unit`; None: it is not known.

    `facts` are numbers and codes, never words of citizens. `since` is when it came into this state, as far as this
    process has seen. `unknown`: what would tell is away, and has a sign of its own.
    """

    name: str
    state: str
    value: float | None = None
    unit: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    since: datetime | None = None
    about: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.about

    def as_dict(self) -> dict[str, Any]:
        since = self.since.isoformat() if self.since else None
        return {
            "name": self.name, "about": self.about, "state": self.state, "value": self.value, "unit": self.unit,
            "facts": dict(self.facts), "since": since,
        }  # fmt: skip


def judged(name: str, value: float, limit: Limit, unit: str = "seconds", **facts: Fact) -> Sign:
    return Sign(name, limit.judge(value), value, unit, facts)


def yes_or_no(name: str, yes: bool, *, facts: Mapping[str, Fact] | None = None, about: str = "") -> Sign:
    """1 and well, or 0 and broken."""
    return Sign(name, OK if yes else PROBLEM, float(yes), "", facts or {}, about=about)


def read_sign(told: Any) -> Sign:
    """What `as_dict` gave, as another process tells it. Raises `ValueError` for anything else."""
    try:
        value, since = told["value"], told["since"]
        facts = {str(name)[:100]: _fact(fact) for name, fact in told["facts"].items()}
        return Sign(
            name=str(told["name"])[:40], about=str(told["about"])[:200], state=_state(told["state"]),
            value=None if value is None else float(value), unit=str(told["unit"])[:20], facts=facts,
            since=None if since is None else datetime.fromisoformat(since),
        )  # fmt: skip
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("this is no sign") from error


def _state(told: Any) -> str:
    if told not in STATES:
        raise ValueError(f"no such state: {told!r}")
    return str(told)


def _fact(told: Any) -> Fact:
    return told if isinstance(told, int | float) else str(told)[:_MOST_TEXT]
