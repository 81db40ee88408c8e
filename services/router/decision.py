"""What the router decided about a text, as it is stored and shown."""

from __future__ import annotations

from typing import Any, NamedTuple

from services.router.places import Place

ROUTED, TRIAGE, EMERGENCY = "routed", "triage", "emergency"


class Reason(NamedTuple):
    """A phrase that counted. `start` and `end` are code points of the original text."""

    rule: str
    phrase: str
    start: int
    end: int
    weight: int

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


class Alternative(NamedTuple):
    agency: str
    score: int


class Part(NamedTuple):
    """A stretch of the text that is about one matter."""

    agency: str
    score: int
    start: int
    end: int


class Decision(NamedTuple):  # made for every complaint: a frozen dataclass takes ten times as long to make
    """Where a text goes and why.

    `outcome` is `routed`, `triage` or `emergency`; `reason` is `matched` or `out_of_area` for the first and the last.
    For triage it is one of `no_content`, `thanks_only`, `no_match`, `weak`, `tie`, `several_topics`, `out_of_area`;
    `agency` is None then and `alternatives` hold the candidates, best first. `also` are agencies to be told too: those
    of other matters in the same text in their order, then those the rules name. `parts` are the matters of a text that
    holds several. `urgent` and `stretch` are not part of `as_dict`: that a rule asked for haste, and how many times the
    usual margin a text of this length needs.
    """

    outcome: str
    reason: str
    ruleset: str
    agency: str | None = None
    also: tuple[str, ...] = ()
    score: int = 0
    margin: int = 0
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    place: Place | None = None
    urgent: bool = False
    parts: tuple[Part, ...] = ()
    stretch: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """The decision as it is stored and shown, made of JSON types. `parts` is there when there are several."""
        place = self.place and {"kecamatan": self.place.kecamatan, "kelurahan": self.place.kelurahan or None}
        told: dict[str, Any] = {
            "outcome": self.outcome,
            "reason": self.reason,
            "agency": self.agency,
            "also": list(self.also),
            "score": self.score,
            "margin": self.margin,
            "reasons": [reason.as_dict() for reason in self.reasons],
            "alternatives": [{"agency": other.agency, "score": other.score} for other in self.alternatives],
            "place": place,
            "ruleset": self.ruleset,
        }
        if self.parts:
            told["parts"] = [part._asdict() for part in self.parts]
        return told
