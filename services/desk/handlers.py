"""What the desk does with what it hears. Facts may come in any order, and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.desk import repository as cases
from services.desk.cases import additions, answers, reassess, timeline
from services.desk.cases.acts import reopen
from services.desk.cases.additions import CaseAddition, Follower
from services.desk.cases.answers import CaseRating
from services.desk.cases.case import Happening, of_routed, of_unrouted, storable
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
from shared.observability.masking import mask
from shared.service import Spine
from shared.storage.database import Transaction

NOT_SOLVED = "not_solved"


@dataclass(frozen=True)
class DeskHandlers:
    spine: Spine

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintRouted.TYPE: keep_routed,
            ComplaintUnrouted.TYPE: self.keep_unrouted,
            ComplaintReassessed.TYPE: self.keep_reassessed,
            ComplaintAdded.TYPE: keep_added,
            ComplaintFollowed.TYPE: keep_followed,
            ComplaintLapsed.TYPE: keep_lapsed,
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
            tx.memory["reassessed"] = timeline.with_act(tx.connection, unrouted, reassess.ACT)

    def keep_unrouted(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintUnrouted = envelope.event
        cases.merge(tx, of_unrouted(event))
        data = {"agency": event.decision.get("agency"), "ruleset": event.decision.get("ruleset")}
        _add(tx, event, f"unrouted:{event.revision}", "unrouted", event.decided_at, event.reason, data)
        if event.complaint_id in tx.memory.setdefault("reassessed", {event.complaint_id}):
            reassess.apply_what_was_heard_before(self.spine, tx, event.complaint_id)

    def keep_reassessed(self, tx: Transaction, envelope: Envelope) -> None:
        """The rules' second thought helps whoever decides; where nobody has yet, it decides."""
        event: ComplaintReassessed = envelope.event
        reassess.keep(tx, event)
        if "reassessed" in tx.memory:
            tx.memory["reassessed"].add(event.complaint_id)
        reassess.apply(self.spine, tx, event.complaint_id, event.agency)


def keep_routed(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintRouted = envelope.event
    cases.merge(tx, of_routed(event))
    decision = event.decision
    data = {"agency": event.agency, "outcome": decision.get("outcome"), "ruleset": decision.get("ruleset")}
    _add(tx, event, f"routed:{event.revision}", "routed", event.routed_at, str(decision.get("reason", "")), data)


def keep_added(tx: Transaction, envelope: Envelope) -> None:
    """What was said, and a line of the timeline that refers to it."""
    event: ComplaintAdded = envelope.event
    text = storable(event.addition)
    additions.add(
        tx,
        CaseAddition(
            addition_id=event.addition_id,
            complaint_id=event.complaint_id,
            number=event.number,
            what=event.what,
            channel=event.by_channel,
            by_sender=event.by_sender,
            text=text,
            masked=mask(text),
            photos=list(event.photos),
            added_at=event.added_at,
        ),
    )
    data = {"what": event.what, "number": event.number, "channel": event.by_channel, "photos": len(event.photos)}
    _add(tx, event, f"added:{event.addition_id}", "added", event.added_at, "", data, role="citizen")
    if event.what == NOT_SOLVED:
        reopen(tx, event.complaint_id, event.addition_id, event.added_at)


def keep_rated(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintRated = envelope.event
    words = storable(event.words)
    answers.keep_rating(
        tx,
        CaseRating(
            complaint_id=event.complaint_id,
            number=event.number,
            score=event.score,
            words=words,
            masked=mask(words),
            channel=event.by_channel,
            rated_at=event.rated_at,
        ),
    )
    data = {"score": event.score, "number": event.number, "channel": event.by_channel}
    _add(tx, event, f"rated:{event.number}", "rated", event.rated_at, "", data, role="citizen")


def keep_followed(tx: Transaction, envelope: Envelope) -> None:
    event: ComplaintFollowed = envelope.event
    text = storable(event.text)
    additions.add_follower(
        tx,
        Follower(
            follower_id=event.follower_id,
            complaint_id=event.complaint_id,
            ticket=event.follower_ticket,
            channel=event.channel,
            identity=event.identity,
            text=text,
            masked=mask(text),
            photos=list(event.attachments),
            followed_at=event.followed_at,
        ),
    )
    data = {"ticket": event.follower_ticket, "channel": event.channel}
    _add(tx, event, f"followed:{event.follower_id}", "followed", event.followed_at, "", data, role="citizen")


def keep_lapsed(tx: Transaction, envelope: Envelope) -> None:
    """A person closes the case; until then the timeline says that the citizen did not answer."""
    event: ComplaintLapsed = envelope.event
    _add(tx, event, "lapsed", "lapsed", event.lapsed_at, "", {"asked": list(event.asked)}, role="system")


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
