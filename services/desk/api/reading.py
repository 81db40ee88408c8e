"""What an agency's system reads: the changes among its cases, and one of them as a whole."""

from __future__ import annotations

from typing import Any

from services.desk import repository as cases
from services.desk.api.acts import NotFound
from services.desk.api.callers import PHOTOS, Caller
from services.desk.api.case_object import Known, Reader, assignments_of, case_object, contents_of, whole_case
from services.desk.api.changes import Asked, changes_of, role_of
from services.desk.api.photo_links import PhotoLinks
from services.desk.api.photos import links_of
from services.desk.cases import contents, machine, timeline
from services.desk.cases.denied import note_denied
from services.desk.deadlines import repository as clocks
from services.desk.desk import Desk
from services.desk.directory.known import KnownAgencies


def read_changes(
    desk: Desk, known_agencies: KnownAgencies, links: PhotoLinks, caller: Caller, asked: Asked
) -> dict[str, Any]:
    """A page of the cases as they are now, in the order of their changes."""
    found = changes_of(desk.spine.database, caller.agency, asked, desk.spine.clock.now())
    ids = [case.complaint_id for case, _ in found.seen]
    reader = _reader(desk, known_agencies, links, caller)
    with desk.spine.database.read() as connection:
        known, assigned = contents_of(connection, ids), assignments_of(connection, ids)
    shown = [
        case_object(reader, case, Known(role, known[case.complaint_id], assigned.get(case.complaint_id)))
        for case, role in found.seen
    ]
    return {"cases": shown, "gone": found.gone, "cursor": found.cursor, "more": found.more}


def read_case(
    desk: Desk, known_agencies: KnownAgencies, links: PhotoLinks, caller: Caller, ticket: str
) -> dict[str, Any]:
    """Raises `NotFound`, alike for a case that there is not and for one that is not the agency's, which is noted."""
    with desk.spine.database.read() as connection:
        case = cases.by_ticket(connection, ticket)
        role = role_of(connection, caller.agency, case) if case is not None else ""
        if case is not None and role:
            happenings = timeline.of_case(connection, case.complaint_id)
            assigned = next((one for one in reversed(happenings) if one.act == machine.ASSIGNED), None)
            known = Known(role, contents.of_case(connection, case.complaint_id), assigned)
            running = clocks.of_case(connection, case.complaint_id)
    if case is None:
        raise NotFound(None)
    if not role:
        note_denied(desk.spine, caller.person, case)
        raise NotFound(case)
    reader = _reader(desk, known_agencies, links, caller)
    told = whole_case(reader, case, known, happenings, running)
    if PHOTOS in caller.scopes:
        told["photo_links"] = links_of(links, caller, case, known, reader.now)
    return told


def _reader(desk: Desk, known_agencies: KnownAgencies, links: PhotoLinks, caller: Caller) -> Reader:
    return Reader(caller.agency, links.desk_url, known_agencies.now(), desk.spine.clock.now())
