"""Photos through intake as it stands: by program, by form and over a real server; who may fetch them again."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from services.intake import tables
from services.intake.photos.uploads import MOST_REQUEST_BYTES
from services.intake.submission import Addition, KeptRaw
from shared.blobs import BlobFolder
from shared.web.server import WebServer
from tests.support import photo_files as files
from tests.unit.intake.building import TOKEN, Intake, intake, settings, submission
from tests.unit.intake.open311_city import open311_city

BEARER = {"Authorization": f"Bearer {TOKEN}"}
REPORTS = "/open311/v2/requests.json"
GOOD = {"service_code": "sampah", "description": "Sampah numpuk", "lat": "-6.884", "long": "107.5412"}


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with started(url, tmp_path) as one:
        yield one


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Intake]:
    with started(f"sqlite:///{tmp_path}/intake.db", tmp_path) as one:
        yield one


def started(url: str, data: Path) -> Any:
    return intake(url, pack=open311_city(), common=replace(settings().common, data=data))


def report(built: Intake, *photos: bytes, **changes: str) -> Any:
    media = [(BytesIO(photo), f"IMG_{number}.jpg") for number, photo in enumerate(photos)]
    return built.client.post(REPORTS, data={**GOOD, **changes, "media": media})


def blobs(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path / "attachments")


def fetch(built: Intake, digest: str, headers: Any = BEARER) -> Any:
    return built.client.get(f"/internal/photos/{digest}", headers=headers)


def test_photos_that_a_program_sends_are_kept_with_the_complaint(built: Intake, tmp_path: Path) -> None:
    answer = report(built, files.jpeg(exif=files.exif(gps=files.gps())), files.heic())
    assert answer.status_code == 200
    assert "foto" not in answer.get_json()[0]["service_notice"].lower()
    rows = sorted(built.rows(tables.attachments), key=lambda row: row["position"])
    assert [row["position"] for row in rows] == [0, 1]
    (fact,) = built.said()
    assert [one["sha256"] for one in fact.attachments] == [row["sha256"] for row in rows]
    assert built.rows(tables.complaints)[0]["flags"] == []
    for row in rows:
        stored = blobs(tmp_path).get(row["sha256"])
        assert stored is not None
        assert len(stored) == row["size"]
        assert files.SECRET not in stored


def test_a_photo_that_is_not_kept_is_told_and_flagged_and_the_report_stands(small: Intake) -> None:
    answer = report(small, files.jpeg(), b"%PDF-1.7")
    assert answer.status_code == 200
    assert "bukan foto" in answer.get_json()[0]["service_notice"]
    assert small.rows(tables.complaints)[0]["flags"] == ["photo_not_kept"]
    assert len(small.rows(tables.attachments)) == 1


def test_a_report_that_is_refused_leaves_no_file(small: Intake, tmp_path: Path) -> None:
    assert report(small, files.jpeg(), description="").status_code == 400
    assert list(blobs(tmp_path).names()) == []


def test_while_files_cannot_be_kept_a_report_is_to_come_again(small: Intake, tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("in the way")
    answer = report(small, files.jpeg())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert small.rows(tables.complaints) == []


def test_whole_photo_and_preview_can_be_fetched_with_the_token(built: Intake) -> None:
    report(built, files.jpeg(files.noise(700, 500)))
    (row,) = built.rows(tables.attachments)
    for digest, longest in ((row["sha256"], 700), (row["preview"], 320)):
        answer = fetch(built, digest)
        assert answer.status_code == 200
        assert hashlib.sha256(answer.data).hexdigest() == digest
        assert max(files.opened(answer.data).size) == longest
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "private, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert fetch(built, digest, headers).status_code == 401


def test_nothing_but_photos_can_be_fetched(small: Intake, tmp_path: Path) -> None:
    """A raw mail, an orphan, a name that is none: each is there or not, and none is given out."""
    raw, orphan = blobs(tmp_path).put(b"gAAAA sealed mail"), blobs(tmp_path).put(files.jpeg())
    small.door.accept(submission(raw=KeptRaw(raw, 100)))
    assert small.rows(tables.raw_messages)[0]["sha256"] == raw
    for digest in (raw, orphan, "0" * 64, "..%2f..%2fintake.db", "x"):
        assert fetch(small, digest).status_code == 404, digest


def test_a_digest_that_names_something_else_gives_nothing(small: Intake, tmp_path: Path) -> None:
    """Even when a row said that a raw mail was a photo."""
    raw = blobs(tmp_path).put(b"gAAAA sealed mail")
    report(small, files.jpeg())
    with small.database.write() as tx:
        tx.execute(tables.attachments.update().values(sha256=raw))
    assert fetch(small, raw).status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(small: Intake, tmp_path: Path) -> None:
    report(small, files.jpeg())
    (row,) = small.rows(tables.attachments)
    blobs(tmp_path).remove(row["sha256"])
    assert fetch(small, row["sha256"]).status_code == 404
    assert fetch(small, row["preview"]).status_code == 200


def test_a_photo_that_was_added_later_can_be_fetched_too(small: Intake, tmp_path: Path) -> None:
    receipt = small.door.accept(submission())
    service: Any = small.service.web.view_functions["open311.take"]
    kept = service.__self__.photos.keep([files.jpeg()])
    addition = Addition(receipt.complaint_id, "addition", "web", "form", "Ini fotonya.", photos=kept.kept)
    service_additions(small).add(addition)
    assert fetch(small, kept.kept[0].sha256).status_code == 200


def service_additions(small: Intake) -> Any:
    from services.intake.additions import Additions

    return Additions(small.service.spine, small.door.vault, small.door.zone)


def test_requests_of_other_kinds_stay_small(small: Intake) -> None:
    body = {"text": "x" * 3_000_000}
    assert small.client.post("/api/v1/complaints", json=body).status_code == 413
    assert small.client.post("/track", data=body).status_code in (405, 413)
    assert small.client.post("/internal/contacts/resolve", json=body, headers=BEARER).status_code == 413
    assert small.client.post(REPORTS, data=body).status_code == 413, "no file can be in it"


def test_the_fields_beside_photos_stay_small(small: Intake) -> None:
    photo = (BytesIO(files.jpeg()), "a.jpg")
    assert report(small, files.jpeg(), description="x" * 9_000).status_code == 200
    assert report(small, files.jpeg(), description="x" * 100_001).status_code == 413
    many = {f"field{number}": "x" for number in range(101)}
    assert small.client.post(REPORTS, data={**GOOD, **many, "media": photo}).status_code == 413


def test_five_photos_of_ten_megabytes_come_in_over_a_real_server(small: Intake) -> None:
    padded = [files.jpeg(files.noise(300 + number, 200)) for number in range(5)]
    padded = [photo + os.urandom(10_000_000 - len(photo)) for photo in padded]
    server = WebServer(small.service.web, "127.0.0.1", 0)
    server.start()
    try:
        parts = [("media", (f"{number}.jpg", photo)) for number, photo in enumerate(padded)]
        answer = requests.post(server.url + REPORTS, data=GOOD, files=parts, timeout=60)
        assert answer.status_code == 200, answer.text
        assert sorted(row["width"] for row in small.rows(tables.attachments)) == [300, 301, 302, 303, 304]
        huge = requests.post(server.url + REPORTS, data=b"x" * (MOST_REQUEST_BYTES + 1), timeout=60)
        assert huge.status_code == 413
    finally:
        server.stop()
