"""From the officer's form to intake's door and back, with nothing between them faked; and an intake that is odd."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from services.desk.assisted.entries import IntakeEntries, Outcome
from services.desk.tables import case_events
from services.intake import tables
from shared.errors import Refused, Transient
from shared.web.internal import InternalClient
from shared.web.server import WebServer
from tests.support import photo_files as files
from tests.support.ports import free_port
from tests.unit.desk.entering import PACK, EnteringDesk, a_file, entering_desk
from tests.unit.intake.building import TOKEN, Intake, intake, settings

FORM = {
    "text": "Lampu PJU padam di depan SD", "kelurahan": "Baros", "channel": "wa", "office": "Loket 3",
    "identity": "open", "name": "Budi", "phone": "0812 3456 7890", "kind": "pengaduan",
}  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EnteringDesk, Intake]]:
    folder = tmp_path_factory.mktemp("both")
    common = replace(settings().common, data=folder)
    with intake(f"sqlite:///{folder}/intake.db", pack=PACK, common=common) as built:
        server = WebServer(built.service.web, "127.0.0.1", 0)
        server.start()
        with entering_desk(f"sqlite:///{folder}/desk.db", folder, IntakeEntries.at(server.url, TOKEN)) as desk:
            yield desk, built
        server.stop()


def test_an_entry_with_a_photo_a_similar_one_and_a_second_click(both: tuple[EnteringDesk, Intake]) -> None:
    desk, built = both
    visitor = desk.log_in()
    photo = files.jpeg(files.scene(640, 480))
    wrong = visitor.post("/enter", **{**FORM, "phone": "12", "key": "a" * 24}, photos=[a_file(photo)])
    assert wrong.status_code == 422
    assert "Nomor telepon ini tidak dikenali" in wrong.text
    tokens = re.findall(r'name="photo" value="([^"]+)"', wrong.text)
    assert len(tokens) == 1
    sent = {**FORM, "key": "a" * 24, "photo": tokens}
    first, again = visitor.post("/enter", **sent), visitor.post("/enter", **sent)
    code = re.search(r'rahasia\)</dt><dd class="ticket">([^<]+)', first.text)
    assert code
    assert code[1] in again.text
    (complaint,), (attachment,) = built.rows(tables.complaints), built.rows(tables.attachments)
    assert (complaint["channel"], complaint["kelurahan"], attachment["width"]) == ("wa", "Baros", 640)
    similar = visitor.post("/enter", **{**FORM, "key": "b" * 24})
    token = re.search(r'name="join" value="([^"]+)"', similar.text)
    assert token
    joined = visitor.post("/enter", **{**FORM, "key": "b" * 24, "join": token[1]})
    assert "Ikut dalam laporan serupa" in joined.text
    assert len(built.rows(tables.complaints)) == 2
    with desk.database.read() as connection:
        lines = connection.execute(case_events.select().where(case_events.c.act == "entered")).mappings().all()
    assert {line["complaint_id"] for line in lines} == {row["complaint_id"] for row in built.rows(tables.complaints)}
    assert code[1] not in str([dict(line) for line in lines])


def test_a_refused_photo_says_why(both: tuple[EnteringDesk, Intake]) -> None:
    answer = both[0].log_in().post("/enter", **{**FORM, "key": "c" * 24}, photos=[a_file(b"%PDF-1.7")])
    assert answer.status_code == 422
    assert "bukan foto yang dapat diterima" in answer.text


def odd_intake(answer: Any, status: int = 200, waits: float = 0.0) -> WebServer:
    app = Flask("odd")

    @app.post("/internal/complaints")
    @app.post("/internal/complaints/photos")
    def reply() -> Response:
        request.get_data()
        time.sleep(waits)
        body = answer if isinstance(answer, str) else json.dumps(answer)
        return Response(body, status=status, content_type="application/json")

    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    return server


HALF = {"outcome": "stored", "complaint": {"ticket": "CMH-1", "complaint_id": "c1"}, "offers": []}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (HALF, 201), ({"outcome": "stored", "complaint": None, "offers": []}, 201), ({"outcome": "sudah"}, 200),
        ({"outcome": "similar", "complaint": None, "offers": [{}]}, 200), ([], 200), ("{", 200), ("<html>", 200),
        ({"outcome": "known_number", "complaint": {}, "offers": []}, 200), ({}, 500), ({}, 404), ({}, 401),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_no_answer(answer: Any, status: int) -> None:
    """The officer is told that it may or may not be stored, and sends it again under the same key."""
    server = odd_intake(answer, status)
    try:
        with pytest.raises(Transient):
            IntakeEntries.at(server.url, TOKEN).enter({})
    finally:
        server.stop()


def test_a_late_answer_is_no_answer(tmp_path: Path) -> None:
    server = odd_intake(HALF, waits=0.6)
    try:
        hasty = InternalClient(server.url, TOKEN, timeout_seconds=0.1)
        entries = IntakeEntries(hasty, hasty)
        for ask in (lambda: entries.enter({}), lambda: entries.keep_photo(b"x")):
            with pytest.raises(Transient):
                ask()
    finally:
        server.stop()
    with pytest.raises(Transient):
        IntakeEntries.at(f"http://127.0.0.1:{free_port()}", TOKEN).enter({})


def refusal(ask: Callable[[], object]) -> tuple[str, dict[str, str]]:
    """What was said; nothing is held that would keep the connection open."""
    try:
        ask()
    except Refused as error:
        return error.message, error.fields
    raise AssertionError("it was taken")


def test_a_refusal_keeps_its_sentences_by_field() -> None:
    fields = {"text": "Kosong.", "phone": "Salah."}
    server = odd_intake({"code": "invalid_fields", "detail": "Dua hal.", "fields": fields}, 422)
    entries = IntakeEntries.at(server.url, TOKEN)
    try:
        assert refusal(lambda: entries.enter({})) == ("Dua hal.", fields)
        assert refusal(lambda: entries.keep_photo(b"x")) == ("Dua hal.", {})
    finally:
        server.stop()


def test_offers_and_known_numbers_are_read() -> None:
    offer = {"token": "t", "agency_name": None, "kind": "pengaduan", "kelurahan": None, "kecamatan": None,
             "received_at": "2026-11-24T02:15:00+00:00"}  # fmt: skip
    for answer, outcome in (
        ({"outcome": "similar", "complaint": None, "offers": [offer]}, Outcome.SIMILAR),
        ({"outcome": "known_number", "complaint": {"ticket": "CMH-1"}, "offers": []}, Outcome.KNOWN_NUMBER),
    ):
        server = odd_intake(answer)
        try:
            assert IntakeEntries.at(server.url, TOKEN).enter({}).outcome is outcome
        finally:
            server.stop()
