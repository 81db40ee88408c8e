"""What an agency's system can ask: its cases and what changed, and to do what its people do at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, json, jsonify, request
from flask_wtf.csrf import CSRFProtect

from services.desk.api import photos, schemas
from services.desk.api.acts import Acknowledge, Conflict, Doing, Reference, do
from services.desk.api.answers import wish_of
from services.desk.api.callers import PER_MINUTE, READ, WRITE, Caller, TooMany, admit, caller_by_id
from services.desk.api.calls import Calls
from services.desk.api.changes import Asked
from services.desk.api.document import ABOUT, SCHEME, describe, ref
from services.desk.api.endpoints import BLUEPRINT, PATH, ROOT
from services.desk.api.photo_links import PhotoLinks
from services.desk.api.reading import read_case, read_changes
from services.desk.cases.acting import Act
from services.desk.cases.agency_acts import Answer, Ask, Close, GiveBack, Note, Resume
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.directory.known import KnownAgencies
from services.desk.views.case_page import asked_until
from services.desk.views.ready_texts import blanks
from services.desk.working.files import MOST_PHOTO_BYTES
from services.desk.working.ready import unfilled
from shared.errors import Refused
from shared.ids import read_ticket
from shared.keyring import values_of
from shared.sentences import sentence
from shared.web.errors import problem
from shared.web.json_api import PlainApi, PlainBlueprint, add_view, problems

MOST_BODY = 300_000
"""Of a request without a photo: the longest answer, each sign of it escaped."""
_PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "application/octet-stream")
_NOT_A_PHOTO = sentence("Kirim fotonya sendiri sebagai isi, misalnya dengan Content-Type: image/jpeg.")
_EXPIRED = sentence("Tautan foto ini sudah kedaluwarsa. Baca laporannya lagi untuk mendapat tautan baru.")
_NOT_TAKEN = sentence("Belum dikirim: ada yang perlu diperbaiki.")
_OPEN = frozenset({f"{BLUEPRINT}.photo"})
"""What brings its own proof."""


def _said(blueprint: Any, status: int, name: str, description: str) -> Any:
    return blueprint.response(status, ref(name), description=description)


class AgencyDocument(PlainApi):
    ERROR_SCHEMA = schemas.ProblemOutput


@dataclass(frozen=True)
class AgencyApi:
    """`desk_url` is how agencies reach the desk; `key` signs links to photos."""

    desk: Desk
    desk_url: str
    key: str
    calls: Calls = field(default_factory=lambda: Calls(PER_MINUTE))

    def install(self, app: Flask, csrf: CSRFProtect) -> None:
        app.config.update(
            API_TITLE=str(sentence("Tanggap – API instansi %(city)s", city=self.desk.pack.city.name)),
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX=ROOT,
            OPENAPI_JSON_PATH="openapi.json",
            API_SPEC_OPTIONS={"info": {"description": ABOUT}},
        )
        api = AgencyDocument(app)
        describe(api.spec)
        blueprint = self._blueprint(PhotoLinks(values_of(self.key), self.desk_url.rstrip("/")))
        api.register_blueprint(blueprint)
        csrf.exempt(blueprint)

    def _blueprint(self, links: PhotoLinks) -> Any:
        blueprint = PlainBlueprint(BLUEPRINT, __name__, url_prefix=PATH, description="An agency's cases")
        blueprint.before_request(self._guard)
        blueprint.after_request(_told_how)
        blueprint.register_error_handler(Conflict, _conflict)
        blueprint.register_error_handler(TooMany, _too_many)
        secured = blueprint.doc(security=[{SCHEME: []}])
        reads, writes = Reads(self.desk, links, KnownAgencies(self.desk.spine.database)), Writes(self.desk)
        add_view(
            blueprint, "/cases", "GET", reads.changes,
            blueprint.arguments(schemas.ChangesQuery(), location="query"),
            _said(blueprint, 200, "changes", "A page of cases, the oldest change first"),
            *problems(blueprint, 401, 403, 422, 429, 503), secured,
        )  # fmt: skip
        add_view(
            blueprint, "/cases/<ticket>", "GET", reads.show,
            _said(blueprint, 200, "deskCaseWhole", "The case with all that happened"),
            *problems(blueprint, 401, 403, 404, 429, 503), secured,
        )  # fmt: skip
        add_view(
            blueprint, "/photos/<digest>", "GET", reads.photo,
            blueprint.arguments(schemas.PhotoQuery(), location="query"),
            blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/jpeg"),
            *problems(blueprint, 404, 410, 422, 503), blueprint.doc(security=[]),
        )  # fmt: skip
        add_view(
            blueprint, "/cases/<ticket>/photos", "POST", writes.send_photo,
            _said(blueprint, 201, "keptPhoto", "Kept, to be named in an answer"),
            *problems(blueprint, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503), secured,
            blueprint.doc(requestBody=_photo_body()),
        )  # fmt: skip
        for path, view, body in writes.acts():
            add_view(
                blueprint, f"/cases/<ticket>/{path}", "POST", view,
                blueprint.arguments(body()),
                blueprint.arguments(schemas.ActHeaders(), location="headers"),
                _said(blueprint, 200, "done", "Done, now or before"),
                *problems(blueprint, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503), secured,
            )  # fmt: skip
        return blueprint

    def _guard(self) -> None:
        """Who calls, before anything of the request is read."""
        is_photo = request.endpoint == f"{BLUEPRINT}.send_photo"
        request.max_content_length = MOST_PHOTO_BYTES if is_photo else MOST_BODY
        if request.endpoint not in _OPEN:
            g.caller = admit(self.desk.spine.database, self.desk.spine.clock, self.calls, request)


@dataclass(frozen=True)
class Reads:
    desk: Desk
    links: PhotoLinks
    agencies: KnownAgencies

    def changes(self, query: dict[str, Any]) -> Response:
        """The own cases, in the order in which they changed

        For a first copy, and to follow: ask again with the `cursor` of the page before. Nothing that changes is left
        out. A case can come again though nothing seems to have changed: compare its `revision`.
        """
        caller = _caller(READ)
        return jsonify(read_changes(self.desk, self.agencies, self.links, caller, Asked(**query)))

    def show(self, ticket: str) -> Response:
        """One case with its timeline, deadlines, additions and answers

        Reading it is no acknowledgement. A case of another agency and one that there is not are answered alike.
        """
        caller = _caller(READ)
        return jsonify(read_case(self.desk, self.agencies, self.links, caller, _ticket(self.desk, ticket)))

    def photo(self, query: dict[str, Any], digest: str) -> Response:
        """A photo, by a link that a case held

        It needs no token, and is good for ten minutes.
        """
        shown = self.links.read(digest, query["signed"])
        if shown is None:
            raise Refused(photos.GONE, code="no_such_photo", status=404)
        now = self.desk.spine.clock.now()
        if shown.until <= now:
            raise Refused(_EXPIRED, code="link_expired", status=410)
        caller = caller_by_id(self.desk.spine.database, shown.token_id, now)
        if caller is None:
            raise Refused(photos.GONE, code="no_such_photo", status=404)
        return Response(photos.fetch(self.desk, caller, shown), mimetype="image/jpeg")


@dataclass(frozen=True)
class Writes:
    desk: Desk

    def acts(self) -> list[tuple[str, Callable[..., Response], type]]:
        return [
            ("acknowledge", self.acknowledge, schemas.AcknowledgeInput),
            ("ask", self.ask, schemas.AskInput),
            ("resume", self.resume, schemas.ResumeInput),
            ("answer", self.answer, schemas.AnswerInput),
            ("return", self.give_back, schemas.ReturnInput),
            ("close", self.close, schemas.CloseInput),
            ("note", self.note, schemas.NoteInput),
            ("reference", self.reference, schemas.ReferenceInput),
        ]

    def acknowledge(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Take note of a case: from now on it counts as being worked on"""
        return self._do(ticket, body, headers, lambda _case: Acknowledge())

    def ask(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Ask the citizen for more; meanwhile the city's clock stands"""

        def act(case: Case) -> Act:
            return Ask(body["question"], asked_until(self.desk, case, self.desk.spine.clock.now()))

        return self._do(ticket, body, headers, act)

    def resume(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Go on without what the citizen was asked for"""
        return self._do(ticket, body, headers, lambda _case: Resume(body["reason"]))

    def answer(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Answer the citizen, who is told at once; with `close` the case is settled"""
        marks = unfilled(self.desk.pack.answers, body["text"])

        def act(case: Case) -> Act:
            if marks:
                raise Refused(_NOT_TAKEN, code="answered_refused", fields={"text": blanks(marks)})
            with self.desk.spine.database.read() as connection:
                kept = photos.sent_before(connection, _caller(WRITE).agency, case, body["photos"])
            return Answer(body["text"], body["close"], kept)

        return self._do(ticket, body, headers, act)

    def give_back(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Give a case back that is another's: a coordinator decides anew"""
        return self._do(ticket, body, headers, lambda _case: GiveBack(body["reason"], body["suggested"]))

    def close(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Close a case; without an answer the citizen is owed a reason"""
        return self._do(ticket, body, headers, lambda _case: Close(body["reason"]))

    def note(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Write a note for colleagues"""
        return self._do(ticket, body, headers, lambda _case: Note(body["text"]))

    def reference(self, body: dict[str, Any], headers: dict[str, Any], ticket: str) -> Response:
        """Say what another system calls the case"""
        return self._do(ticket, body, headers, lambda _case: Reference(body["system"], body["number"]))

    def send_photo(self, ticket: str) -> tuple[Response, int]:
        """Send a photo for an answer, as the body of the request

        The same photo again is the same. Name its `sha256` in the answer, within seven days.
        """
        caller = _caller(WRITE)
        if request.mimetype not in _PHOTO_TYPES:
            raise Refused(_NOT_A_PHOTO, code="not_a_photo", status=415)
        kept = photos.take_in(self.desk, caller, _ticket(self.desk, ticket), request.get_data())
        told = {"sha256": kept["sha256"], "width": kept.get("width", 0), "height": kept.get("height", 0)}
        return jsonify(told), 201

    def _do(self, ticket: str, body: dict[str, Any], headers: dict[str, Any], act: Callable[[Case], Act]) -> Response:
        caller, ticket = _caller(WRITE), _ticket(self.desk, ticket)
        revision = _revision(body, headers)
        wish = wish_of(headers["key"], request.path, {**body, "revision": revision})
        told, again = do(self.desk.register, caller, Doing(ticket, act, wish, revision))
        response = jsonify(told)
        if again:
            response.headers["Idempotency-Replayed"] = "true"
        return response


def _caller(scope: str) -> Caller:
    caller: Caller = g.caller
    caller.needs(scope)
    return caller


def _ticket(desk: Desk, said: str) -> str:
    return read_ticket(said, desk.pack.city.ticket_prefix) or said[:64].replace("\0", "")


def _revision(body: dict[str, Any], headers: dict[str, Any]) -> int | None:
    """Which one was seen, None when that was not said. Of two the older: then it is not sure that both were."""
    said = [body["revision"], int(headers["seen"].strip('"')) if headers["seen"] else None]
    return min((one for one in said if one is not None), default=None)


def _told_how(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="tanggap"'
    return response


def _too_many(error: TooMany) -> Response:
    return problem(error.status, error.code, error.message, retry_after=error.seconds)


def _conflict(error: Conflict) -> Response:
    """With the case as it is, so that the system can decide anew."""
    response = problem(error.status, error.code, error.message)
    more = {"state": error.case.state, "revision": error.case.revision, "last_change": error.last or {}}
    response.set_data(json.dumps({**json.loads(response.get_data()), **more}))
    return response


def _photo_body() -> dict[str, Any]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _PHOTO_TYPES}
    return {"required": True, "content": content, "description": "At most 10 MB."}
