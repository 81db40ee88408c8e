"""What a list of cases is asked for: read from an address, and written back into one. Pure.

Addresses are edited, sent and kept as bookmarks: whatever is in them that means nothing is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.desk.cases.machine import SETTLED, STATES
from services.desk.inbox.words import Term
from shared.contracts.fields import IDENTITIES, KINDS

EVERY_STATE = "all"
LATE, TODAY, WEEK, NONE = "late", "today", "week", "none"
DUES = (LATE, TODAY, WEEK, NONE)
BY_DUE, NEWEST, OLDEST = "due", "newest", "oldest"
SORTS = (BY_DUE, NEWEST, OLDEST)
MOST_SOUGHT = 200


@dataclass(frozen=True)
class Wanted:
    """`state` empty: what is open, or with a search whatever it is. `after` and `before` are places in the list.

    `copies`: what the agency sees without being in charge of it. `ticket` and `ticket_part` are a number, or a group
    of one, that was sought.
    """

    q: str = ""
    state: str = ""
    due: str = ""
    agency: str = ""
    kelurahan: str = ""
    kind: str = ""
    channel: str = ""
    identity: str = ""
    photo: str = ""
    unread: str = ""
    escalated: str = ""
    copies: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""
    ticket: str = ""
    ticket_part: str = ""
    terms: tuple[Term, ...] = ()

    @property
    def is_search(self) -> bool:
        return bool(self.ticket or self.ticket_part or self.terms)

    @property
    def states(self) -> str:
        """The state that is wanted, `all`, or empty for what is open."""
        return self.state or (EVERY_STATE if self.is_search else "")

    @property
    def order(self) -> str:
        """What is settled is due no more, and of what was found the newest is what people mean."""
        if self.sort:
            return self.sort
        return NEWEST if self.is_search or self.states == EVERY_STATE or self.state in SETTLED else BY_DUE

    @property
    def shape(self) -> Wanted:
        """The same for every list whose question differs from this one only in its words, number or place."""
        words = {"ticket": self.ticket and "?", "ticket_part": self.ticket_part and "?"}
        return replace(self, q="", after="", before="", terms=self.terms and (Term(()),), **words)

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of what narrows the list, the search aside."""
        return tuple(name for name in FILTERS if getattr(self, name))

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """The same with what each is to be."""
        return tuple((name, getattr(self, name)) for name in self.filters)

    def args(self, **changes: str | None) -> dict[str, str]:
        """For the address of the same list with these changes, from its beginning; an empty value takes one away."""
        kept = {name: getattr(self, name) for name in ("q", "sort", *FILTERS)}
        return {name: value for name, value in {**kept, **changes}.items() if value}


FILTERS = (
    "state", "due", "agency", "kelurahan", "kind", "channel", "identity", "photo", "unread", "escalated", "copies",
)  # fmt: skip
_NAMES = frozenset(field.name for field in fields(Wanted)) - {"ticket", "ticket_part", "terms"}
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "state": (*STATES, EVERY_STATE), "due": DUES, "sort": SORTS, "kind": KINDS, "identity": IDENTITIES,
    **dict.fromkeys(("photo", "unread", "escalated", "copies"), ("1",)),
}  # fmt: skip
_LENGTHS = {"q": MOST_SOUGHT, "after": 90, "before": 90}


def read_wanted(given: Callable[[str, int], str], *, bound: bool) -> Wanted:
    """`given(name, most)` is the query's value, cut. `bound`: the person sees one agency and need not name it."""
    said = {name: given(name, _LENGTHS.get(name, 100)) for name in _NAMES}
    kept = {name: value for name, value in said.items() if name not in _ONE_OF or value in _ONE_OF[name]}
    wanted = Wanted(**kept)  # type: ignore[arg-type]
    return replace(wanted, agency="") if bound else replace(wanted, copies="")


def last_moment(day: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of today, or of the week that ends with the coming Sunday."""
    local = now.astimezone(zone)
    days = 1 if day == TODAY else 7 - local.weekday()
    return datetime.combine(local.date() + timedelta(days=days), time(), zone)
