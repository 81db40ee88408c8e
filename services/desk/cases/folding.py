"""How what happened makes a case. Pure: the same happenings, in the order of their `seq`, give the same case.

The facts of the router may arrive late, out of order or again. What the complaint says and what the rules thought of
it comes from the one with the highest revision; who has the case follows them only until somebody at the desk acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from services.desk.cases import machine
from services.desk.cases.case import NOBODY, PERSON, ROUTER, Case, Happening
from shared.contracts.complaint import ComplaintRouted, ComplaintUnrouted

CONTENT = ("text", "place_detail", "attachments")
"""Parts of a case that are deleted one day; no happening holds them."""
RETURNED_REASON, REOPENED_REASON = "returned", "reopened"
_MOMENTS = ("received_at", "updated_at", "due_at")


def folded(case: Case | None, event: Happening) -> Case:
    """The case after it. Raises `machine.Impossible` for what the table of states does not know."""
    if event.act == machine.TAKEN_OVER:
        after = _taken_over(event)
    elif event.act in machine.OPENINGS:
        after = _judged(case, event)
    elif case is None:
        raise machine.Impossible(f"{event.act} of a case that nobody knows", status=409)
    else:
        after = _CHANGES[event.act](case, event)
        machine.check(case.state, event.act, after.state)
    changes: dict[str, Any] = {  # at once: a copy of a case with so many fields costs more than the rest of a step
        "revision": max(after.revision, event.data.get("revision", 0)),
        "steps": (case.steps if case else 0) + 1,
        "counts": {**after.counts, event.act: after.number_of(event.act) + 1},
        "updated_at": max(after.updated_at, event.at.astimezone(UTC)),
        "decided": after.decided or event.act in _DECISIONS,
    }
    return replace(after, **changes, **_deadlines_after(event))


def rebuilt(events: Iterable[Happening]) -> Case | None:
    """The case that these happenings make, without its content. They may come in any order, and be any of its own."""
    case: Case | None = None
    for event in sorted((one for one in events if one.seq), key=lambda one: one.seq):
        case = folded(case, event)
    return case


def judgement(event: ComplaintRouted | ComplaintUnrouted, *, external: bool = False) -> Happening:
    """A fact of the router as a happening. `external`: the agency is a body outside the city."""
    routed = isinstance(event, ComplaintRouted)
    at = event.routed_at if isinstance(event, ComplaintRouted) else event.decided_at
    act = machine.ROUTED if routed else machine.UNROUTED
    decision = event.decision
    data = {
        "agency": event.agency if isinstance(event, ComplaintRouted) else decision.get("agency"),
        "outcome": decision.get("outcome"),
        "ruleset": decision.get("ruleset"),
        "external": external,
        "assignment": event.assignment if isinstance(event, ComplaintRouted) else 0,
        "revision": event.revision,
        "fact": _fact(event),
    }
    note = event.reason if isinstance(event, ComplaintUnrouted) else str(decision.get("reason", ""))
    moment = at or event.received_at
    return Happening(event.complaint_id, f"{act}:{event.revision}", moment, "router", "router", act, note, data)


def snapshot(case: Case) -> dict[str, Any]:
    """The case as plain JSON, without its content: what `taken_over` carries."""
    row = {one.name: getattr(case, one.name) for one in fields(case) if one.name not in CONTENT}
    moments = {name: row[name].isoformat() for name in _MOMENTS if row[name] is not None}
    return {**row, **moments, "counts": dict(case.counts), "declined": list(case.declined)}


def of_snapshot(row: Mapping[str, Any]) -> Case:
    moments = {name: datetime.fromisoformat(row[name]) for name in _MOMENTS if row.get(name) is not None}
    return Case(**{**row, **moments, "declined": tuple(row.get("declined", ()))})


def _taken_over(event: Happening) -> Case:
    return of_snapshot(event.data["case"])


def _fact(event: ComplaintRouted | ComplaintUnrouted) -> dict[str, Any]:
    place, found = event.place, event.decision.get("place") or {}
    return {
        "ticket": event.ticket,
        "kind": event.kind,
        "identity": event.identity,
        "channel": event.channel,
        "contact_ref": event.contact_ref,
        "kecamatan": place.kecamatan or _name(found.get("kecamatan")),
        "kelurahan": place.kelurahan or _name(found.get("kelurahan")),
        "latitude": place.latitude,
        "longitude": place.longitude,
        "urgent": event.decision.get("outcome") == "emergency",
        "external_refs": dict(event.external_refs),
        "decision": dict(event.decision),
        "received_at": event.received_at.astimezone(UTC).isoformat(),
    }


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _judged(case: Case | None, event: Happening) -> Case:
    data, revision = event.data, event.data["revision"]
    told = {**data["fact"], "received_at": datetime.fromisoformat(data["fact"]["received_at"])}
    if case is None:
        case = Case(
            complaint_id=event.complaint_id, revision=revision, router_revision=0, state=machine.TRIAGE, agency=None,
            assignment=0, assigned_by=NOBODY, reason="", updated_at=told["received_at"], **told,
        )  # fmt: skip
    if revision > case.router_revision:
        kept: dict[str, Any] = {"external_refs": {**told["external_refs"], **case.external_refs}}
        if case.decided:
            kept |= {"kecamatan": case.kecamatan, "kelurahan": case.kelurahan}
        case = _held_by_the_rules(replace(case, router_revision=revision, **{**told, **kept}), event)
    assignment = max(case.assignment, data["assignment"])
    return replace(case, revision=max(case.revision, revision), assignment=assignment)


def _held_by_the_rules(case: Case, event: Happening) -> Case:
    """Who has it, as long as nobody at the desk has decided anything."""
    if case.decided:
        return case
    if event.act == machine.UNROUTED:
        return replace(case, state=machine.TRIAGE, agency=None, assigned_by=NOBODY, reason=event.note)
    state = machine.REFERRED if event.data["external"] else machine.FORWARDED
    return replace(case, state=state, agency=event.data["agency"], assigned_by=ROUTER, reason=event.note)


def _assigned(case: Case, event: Happening) -> Case:
    data = event.data
    return replace(
        case,
        state=machine.REFERRED if data.get("external") else machine.FORWARDED,
        agency=data["agency"],
        assignment=data["assignment"],
        assigned_by=PERSON,
        kecamatan=data.get("kecamatan"),
        kelurahan=data.get("kelurahan"),
        resume="",
        suggestion=None,
    )


def _moved(state: str) -> Callable[[Case, Happening], Case]:
    def change(case: Case, _event: Happening) -> Case:
        return replace(case, state=state, resume="")

    return change


def _asked(case: Case, _event: Happening) -> Case:
    return replace(case, state=machine.WAITING, resume=case.state)


def _resumed(case: Case, _event: Happening) -> Case:
    return replace(case, state=case.resume or machine.TRIAGE, resume="")


def _given_up(case: Case, reason: str) -> Case:
    """Nobody has it any more: a coordinator decides anew."""
    return replace(
        case, state=machine.TRIAGE, agency=None, assigned_by=NOBODY, reason=reason, resume="",
        joined_to=None, joined_ticket=None, archived_why="",
    )  # fmt: skip


def _returned(case: Case, event: Happening) -> Case:
    declined = tuple(dict.fromkeys((*case.declined, event.data["agency"])))
    after = _given_up(case, RETURNED_REASON)
    return replace(after, declined=declined, suggestion=event.data.get("suggested"))


def _reopened(case: Case, event: Happening) -> Case:
    if event.data["state"] == machine.TRIAGE:
        return _given_up(case, REOPENED_REASON)
    return replace(case, state=event.data["state"])


def _archived(case: Case, event: Happening) -> Case:
    data = event.data
    after = replace(case, state=machine.ARCHIVED, resume="", archived_why=data["why"])
    return replace(after, joined_to=data.get("into"), joined_ticket=data.get("into_ticket"))


def _referenced(case: Case, event: Happening) -> Case:
    refs = {**case.external_refs, event.data["system"]: event.data["number"]}
    return replace(case, external_refs={system: number for system, number in refs.items() if number})


def _unchanged(case: Case, _event: Happening) -> Case:
    return case


_CHANGES: Mapping[str, Callable[[Case, Happening], Case]] = {
    machine.ASSIGNED: _assigned,
    machine.ACKNOWLEDGED: _moved(machine.IN_PROGRESS),
    machine.ANSWER: _moved(machine.ANSWERED),
    machine.CLOSING: _moved(machine.CLOSED),
    machine.ASKED: _asked,
    machine.RESUMED: _resumed,
    machine.LAPSED: _moved(machine.WITHDRAWN),
    machine.RETURNED: _returned,
    machine.ARCHIVING: _archived,
    machine.MERGED: _archived,
    machine.REOPENED: _reopened,
    machine.SPLIT: _unchanged,
    machine.COPIED: _unchanged,
    machine.NOTED: _unchanged,
    machine.REFERENCED: _referenced,
    machine.ESCALATED: _unchanged,
    machine.RECOUNTED: _unchanged,
}
_DECISIONS = _CHANGES.keys() - {
    machine.NOTED, machine.REFERENCED, machine.ESCALATED, machine.RECOUNTED, machine.COPIED,
}  # fmt: skip


def _deadlines_after(event: Happening) -> dict[str, Any]:
    """What the clocks were after it, as it says itself: a calendar that has changed since changes nothing here."""
    told = event.data.get("deadlines")
    if told is None:
        return {}
    due_at = None if told["due_at"] is None else datetime.fromisoformat(told["due_at"])
    return {"due_at": due_at, "rung": told["rung"]}
