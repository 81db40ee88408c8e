"""The register of cases: the one door through which a case changes.

Whatever happens to a case is entered here: the table of states is asked, the clocks follow, and case, line of the
timeline and content are written in one transaction. So a case can be made again from its lines (`rebuilding.py`), and
nothing changes it that the timeline does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from services.desk import repository as cases
from services.desk.cases import contents, timeline
from services.desk.cases.case import Case, Happening
from services.desk.cases.contents import Content
from services.desk.cases.folding import folded
from services.desk.statistics.marks import mark
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class Standing:
    """How the clocks of a case stand after a step: `changed` as plain JSON, the next deadline, the highest rung."""

    changed: Sequence[dict[str, Any]] = ()
    due_at: datetime | None = None
    rung: int = 0


class Clocks(Protocol):
    """What the register needs of the deadlines. Both write in the transaction of the step."""

    def begin(self, tx: Transaction, case: Case, event: Happening) -> Standing:
        """Of a case that is new in this transaction; reads nothing."""
        ...

    def follow(self, tx: Transaction, before: Case, after: Case, event: Happening) -> Standing | None:
        """None when this step moves no clock."""
        ...


Follower = Callable[[Transaction, Case, Case], None]
"""Is told of a change, with the case before and after it, in the same transaction."""


@dataclass(frozen=True)
class Register:
    spine: Spine
    clocks: Clocks
    followers: tuple[Follower, ...] = ()

    def open(self, tx: Transaction, event: Happening, report: Content | None) -> Case:
        """Enters a fact of the router: a new case, or what it adds to one that is known. Again: changes nothing.

        Raises `Rejected` when the ticket belongs to another complaint.
        """
        if cases.is_new(tx, event.complaint_id):
            return self._begin(tx, event, report)
        before = cases.lock(tx, event.complaint_id)
        if before is None:
            if cases.insert(tx, folded(None, event)):
                return self._begin(tx, event, report, inserted=True)
            before = cases.lock(tx, event.complaint_id)
            assert before is not None
        if timeline.is_known(tx.connection, event.complaint_id, event.key):
            return before
        if report is not None and event.data["revision"] > before.router_revision:
            contents.put(tx, report)  # only then: a repetition must not bring a deleted text back
            before = replace(before, text=report.text, place_detail=report.place_detail, attachments=report.photos)
        return self.enter(tx, before, event)

    def enter(
        self, tx: Transaction, before: Case, event: Happening, *content: Content, standing: Standing | None = None
    ) -> Case:  # fmt: skip
        """The case after this step. The caller holds the case, and knows that the step is new.

        `standing` is given by a step that a clock itself caused. Raises `machine.Impossible` for what the table of
        states does not know.
        """
        after = folded(before, event)
        standing = standing or self.clocks.follow(tx, before, after, event)
        if standing is not None:
            event = _with_deadlines(event, standing)
            after = replace(after, due_at=standing.due_at, rung=standing.rung)
        cases.change(tx, after)
        self._write_down(tx, after, event, content)
        for follower in self.followers:
            follower(tx, before, after)
        return after

    def _begin(self, tx: Transaction, event: Happening, report: Content | None, *, inserted: bool = False) -> Case:
        case = folded(None, event)
        standing = self.clocks.begin(tx, case, event)
        case = replace(case, due_at=standing.due_at, rung=standing.rung)
        if inserted:
            cases.change(tx, case)
        else:
            cases.insert(tx, case)
        self._write_down(tx, case, _with_deadlines(event, standing), (report,) if report else ())
        return case

    @staticmethod
    def _write_down(tx: Transaction, case: Case, event: Happening, content: Sequence[Content]) -> None:
        timeline.add_steps(tx, [replace(event, seq=case.steps)])
        contents.put_new(tx, content)
        mark(tx, case.complaint_id)


def _with_deadlines(event: Happening, standing: Standing) -> Happening:
    due_at = standing.due_at.isoformat() if standing.due_at else None
    told = {"changed": list(standing.changed), "due_at": due_at, "rung": standing.rung}
    return replace(event, data={**event.data, "deadlines": told})
