"""Photos by the API: those of a case as links, and those that an answer is to bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from services.desk import repository as cases
from services.desk.api.acts import NotFound, check_right, state_for
from services.desk.api.callers import Caller
from services.desk.api.case_object import Known, photos_shown
from services.desk.api.changes import role_of
from services.desk.api.photo_links import GOOD_FOR, PhotoLinks, PhotoPass
from services.desk.cases import contents, machine
from services.desk.cases.agency_acts import Answer
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.tables import api_photos
from shared.contracts.fields import AttachmentFields
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.upsert import add_new

MOST_KEPT = 20
"""Photos of a case that are kept at a time, sent with an answer or not."""
GONE = sentence("Foto ini tidak ada.")


def links_of(links: PhotoLinks, caller: Caller, case: Case, known: Known, now: datetime) -> list[dict[str, Any]]:
    """Good for ten minutes each. The small one of a photo is the photo itself where there is no small one."""
    until = now + GOOD_FOR

    def link(digest: str) -> str:
        return links.link(PhotoPass(caller.token_id, case.complaint_id, digest, until))

    return [
        {
            "sha256": photo.sha256, "origin": photo.origin, "at": photo.at.isoformat(), "width": photo.width,
            "height": photo.height, "url": link(photo.sha256), "preview_url": link(photo.preview),
            "until": until.isoformat(),
        }
        for photo in photos_shown(case, known)
    ]  # fmt: skip


def fetch(desk: Desk, caller: Caller, photo: PhotoPass) -> bytes:
    """A JPEG file. Raises `Refused` (404) when it is gone, or the case is no longer the agency's; `Transient`."""
    missing = Refused(GONE, code="no_such_photo", status=404)
    with desk.spine.database.read() as connection:
        case = cases.by_id(connection, photo.complaint_id)
        if case is None or not role_of(connection, caller.agency, case):
            raise missing
        known = Known("", contents.of_case(connection, case.complaint_id))
    if not any(photo.digest in one.digests for one in photos_shown(case, known)):
        raise missing
    content = desk.photos.fetch(photo.digest)
    if content is None:
        raise missing
    return content


def take_in(desk: Desk, caller: Caller, ticket: str, content: bytes) -> AttachmentFields:
    """Keeps a photo for an answer to this case. The same photo again is the same.

    Raises `NotFound`; `Refused` for what is no photo, or when the case cannot be answered now; `Transient`.
    """
    with desk.spine.database.read() as connection:
        case = cases.by_ticket(connection, ticket)
        if case is None:
            raise NotFound(None)
        check_right(connection, caller, case)
        answer = Answer("")
        if case.text is None or not machine.may_follow(state_for(case, answer), answer.name):
            told = sentence("Laporan ini tidak dapat dijawab dalam keadaannya sekarang.")
            raise Refused(told, code="not_in_this_state", status=409)
        if _count_kept(connection, caller.agency, case) >= MOST_KEPT:
            told = sentence("Terlalu banyak foto untuk laporan ini dalam tujuh hari terakhir.")
            raise Refused(told, code="too_many_photos", status=409)
    photo = desk.files.keep(case.complaint_id, content)
    row = {
        "agency": caller.agency, "complaint_id": case.complaint_id, "sha256": photo["sha256"], "photo": dict(photo),
        "at": desk.spine.clock.now(),
    }  # fmt: skip
    with desk.spine.database.write() as tx:
        add_new(tx, api_photos, [row])
    return photo


def sent_before(
    connection: Connection, agency: str, case: Case, digests: Sequence[str]
) -> tuple[AttachmentFields, ...]:  # fmt: skip
    """Raises `Refused` for one that was not sent for this case."""
    if not digests:
        return ()
    mine = api_photos.c.agency == agency, api_photos.c.complaint_id == case.complaint_id
    rows = connection.execute(select(api_photos.c.photo).where(*mine, api_photos.c.sha256.in_(sorted(set(digests)))))
    found: dict[str, AttachmentFields] = {row.photo["sha256"]: row.photo for row in rows}
    wanted = dict.fromkeys(digests)
    if len(found) < len(wanted):
        told = sentence("Foto ini belum dikirim untuk laporan ini. Kirim dulu ke /photos.")
        raise Refused(told, code="answered_refused", fields={"photos": told})
    return tuple(found[digest] for digest in wanted)


def _count_kept(connection: Connection, agency: str, case: Case) -> int:
    mine = api_photos.c.agency == agency, api_photos.c.complaint_id == case.complaint_id
    return int(connection.execute(select(func.count()).select_from(api_photos).where(*mine)).scalar_one())
