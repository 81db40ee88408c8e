"""What the desk does with what it hears. Facts may come in any order, and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.desk import repository as cases
from services.desk.cases import contents, timeline
from services.desk.cases.by_itself import REASSESSED, ByItself
from services.desk.cases.case import Happening, storable
from services.desk.cases.contents import Content
from services.desk.cases.folding import judgement
from services.desk.cases.register import Register
from services.desk.directory import repository as agencies
from services.desk.statistics.marks import mark
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintLapsed,
    ComplaintRated,
    ComplaintReassessed,
    ComplaintRouted,
    ComplaintUnrouted,
)
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.storage.database import Transaction

NOT_SOLVED = "not_solved"
_EXTERNAL = "external agencies"
_REASSESSED = "reassessed"


@dataclass(frozen=True)
class DeskHandlers:
    register: Register

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintRouted.TYPE: self.keep_routed,
            ComplaintUnrouted.TYPE: self.keep_unrouted,
            ComplaintReassessed.TYPE: self.keep_reassessed,
            ComplaintAdded.TYPE: self.keep_added,
            ComplaintFollowed.TYPE: keep_followed,
            ComplaintLapsed.TYPE: self.keep_lapsed,
            ComplaintRated.TYPE: keep_rated,
            DeliveryFinished.TYPE: keep_delivery,
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        opening = (ComplaintRouted, ComplaintUnrouted)
        ids = [one.event.complaint_id for one in envelopes if isinstance(one.event, opening)]
        if ids:
            cases.look_up(tx, ids)
        unrouted = [one.event.complaint_id for one in envelopes if isinstance(one.event, ComplaintUnrouted)]
        if unrouted:
            tx.memory[_REASSESSED] = timeline.with_act(tx.connection, unrouted, REASSESSED)

    def keep_routed(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintRouted = envelope.event
        external = event.agency in _external(tx)
        case = self.register.open(tx, judgement(event, external=external), _report(event))
        if "split_part" in case.external_refs:
            self.by_itself.adopt(tx, case)

    def keep_unrouted(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintUnrouted = envelope.event
        case = self.register.open(tx, judgement(event), _report(event))
        if "split_part" in case.external_refs:
            self.by_itself.adopt(tx, case)
        elif event.complaint_id in tx.memory.setdefault(_REASSESSED, {event.complaint_id}):
            self.by_itself.remember_reassessed(tx, event.complaint_id)

    def keep_reassessed(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintReassessed = envelope.event
        self.by_itself.reassess(tx, event)
        if _REASSESSED in tx.memory:
            tx.memory[_REASSESSED].add(event.complaint_id)

    def keep_added(self, tx: Transaction, envelope: Envelope) -> None:
        """What was said, a line of the timeline that refers to it, and what follows from it."""
        event: ComplaintAdded = envelope.event
        about = {"what": event.what, "channel": event.by_channel, "by_sender": event.by_sender}
        ref, text = f"{contents.ADDITION}:{event.addition_id}", storable(event.addition)
        content = Content(
            event.complaint_id, ref, contents.ADDITION, text, event.added_at, event.number, photos=list(event.photos),
            about=about,
        )  # fmt: skip
        contents.add(tx, content)
        data = {**about, "number": event.number, "photos": len(event.photos), "ref": ref}
        _add(tx, event, f"added:{event.addition_id}", "added", event.added_at, "", data, role="citizen")
        if event.what == NOT_SOLVED:
            self.by_itself.reopen(tx, event.complaint_id, event.addition_id, event.added_at)
        if event.by_sender:
            self.by_itself.resume(tx, event.complaint_id, event.addition_id, event.added_at)

    def keep_lapsed(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintLapsed = envelope.event
        if timeline.is_known(tx.connection, event.complaint_id, "lapsed"):
            return
        _add(tx, event, "lapsed", "lapsed", event.lapsed_at, "", {"asked": list(event.asked)}, role="system")
        self.by_itself.lapse(tx, event.complaint_id, event.lapsed_at)

    @property
    def by_itself(self) -> ByItself:
        return ByItself(self.register)


def keep_rated(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintRated = envelope.event
    content = Content(
        event.complaint_id, contents.RATING, contents.RATING, storable(event.words), event.rated_at, event.number,
        about={"score": event.score, "channel": event.by_channel},
    )  # fmt: skip
    contents.replace_older(tx, content)
    data = {"score": event.score, "number": event.number, "channel": event.by_channel, "ref": contents.RATING}
    _add(tx, event, f"rated:{event.number}", "rated", event.rated_at, "", data, role="citizen")
    mark(tx, event.complaint_id)


def keep_followed(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintFollowed = envelope.event
    ref = f"{contents.FOLLOWER}:{event.follower_id}"
    about = {"ticket": event.follower_ticket, "channel": event.channel, "identity": event.identity}
    content = Content(
        event.complaint_id, ref, contents.FOLLOWER, storable(event.text), event.followed_at,
        photos=list(event.attachments), about=about,
    )  # fmt: skip
    contents.add(tx, content)
    data = {"ticket": event.follower_ticket, "channel": event.channel, "ref": ref}
    _add(tx, event, f"followed:{event.follower_id}", "followed", event.followed_at, "", data, role="citizen")


def keep_delivery(tx: Transaction, envelope: Envelope) -> None:
    """Kept even when the case is not known yet; the page shows it as soon as it is."""
    event: DeliveryFinished = envelope.event
    data = {
        "message": event.message,
        "recipient": event.recipient,
        "channel": event.channel,
        "outcome": event.outcome,
    }
    key = f"delivery:{event.delivery_id}:{event.channel}:{event.outcome}"  # what came back may go on by another channel
    _add(tx, event, key, "delivery", event.finished_at, event.reason, data, role="notifier")


def _add(
    tx: Transaction, event: Any, key: str, act: str, at: Any, note: str, data: dict[str, Any], role: str = "router"
) -> None:  # fmt: skip
    timeline.add(tx, Happening(event.complaint_id, key, at, role, role, act, note, data))


def _report(event: ComplaintRouted | ComplaintUnrouted) -> Content:
    return Content(
        event.complaint_id, contents.REPORT, contents.REPORT, storable(event.text),
        event.received_at, place_detail=storable(event.place.detail or ""), photos=list(event.attachments),
    )  # fmt: skip


def _external(tx: Transaction) -> frozenset[str]:
    """The bodies outside the city, asked once for each transaction."""
    if _EXTERNAL not in tx.memory:
        tx.memory[_EXTERNAL] = agencies.external(tx.connection)
    known: frozenset[str] = tx.memory[_EXTERNAL]
    return known
