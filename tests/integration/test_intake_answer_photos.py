"""Photos of answers at intake: taken in for the desk, shown to the citizen, gone when the answer never came."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake import repository_answer_photos, tables
from shared.blobs import BlobFolder
from tests.integration.answering import answered, hear
from tests.support import photo_files as files
from tests.unit.intake.building import TOKEN, Intake, intake, settings, submission

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url, common=replace(settings().common, data=tmp_path)) as one:
        yield one


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", common=replace(settings().common, data=tmp_path)) as one:
        yield one


def take_in(built: Intake, complaint_id: str, content: bytes, headers: Any = BEARER) -> Any:
    return built.client.post(f"/internal/cases/{complaint_id}/photos", data=content, headers=headers)


def kept(built: Intake, tmp_path: Path, receipt: Any) -> dict[str, Any]:
    photo: dict[str, Any] = take_in(
        built, receipt.complaint_id, files.jpeg(exif=files.exif(gps=files.gps()))
    ).get_json()
    stored = BlobFolder(tmp_path / "attachments").get(photo["sha256"])
    assert stored is not None
    assert files.SECRET not in stored, "read and written anew, as a citizen's photo"
    return photo


def test_a_photo_of_an_answer_reaches_its_citizen_and_nobody_else(built: Intake, tmp_path: Path) -> None:
    receipt = built.door.accept(submission())
    photo = kept(built, tmp_path, receipt)
    path = f"/complaints/{receipt.ticket}/photos/"
    code = {"code": receipt.tracking_code}
    fetched = built.client.get(f"/internal/photos/{photo['preview']}", headers=BEARER)
    assert (fetched.status_code, fetched.mimetype) == (200, "image/jpeg"), "the desk shows it before it is sent"
    assert built.client.get(path + photo["sha256"], query_string=code).status_code == 404, "not answered yet"
    fact = answered(built, receipt.complaint_id, photos=[photo])
    hear(built, fact, fact)
    page = built.client.get(f"/complaints/{receipt.ticket}", query_string=code, headers={"Accept": "text/html"}).text
    assert page.count('<img src="/complaints/') == 1
    assert f"{path}{photo['preview']}?code=" in page
    for digest in (photo["sha256"], photo["preview"]):
        shown = built.client.get(path + digest, query_string=code)
        assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert built.client.get(path + photo["sha256"], query_string={"code": "WRONG"}).status_code == 404
    assert built.client.get(path + "0" * 64, query_string=code).status_code == 404
    other = built.door.accept(submission(text="Sampah menumpuk di pasar."))
    elsewhere = f"/complaints/{other.ticket}/photos/{photo['sha256']}"
    assert built.client.get(elsewhere, query_string={"code": other.tracking_code}).status_code == 404
    assert not built.rows(tables.attachments), "it is not among the citizen's own photos"


def test_what_is_no_photo_or_too_large_is_told(small: Intake) -> None:
    receipt = small.door.accept(submission())
    for content, code in ((b"MZ not a photo", "unsupported_type"), (b"", "unreadable")):
        refused = take_in(small, receipt.complaint_id, content)
        assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert take_in(small, receipt.complaint_id, b"\xff\xd8\xff" + b"0" * 10_100_000).status_code == 413
    assert take_in(small, "nobody", files.jpeg()).status_code == 404
    assert take_in(small, receipt.complaint_id, files.jpeg(), headers={}).status_code == 401
    assert not small.rows(tables.answer_photos)


def test_a_photo_whose_answer_never_came_goes_and_a_sent_one_stays(small: Intake, tmp_path: Path) -> None:
    receipt = small.door.accept(submission())
    sizes = (64, 48), (80, 60)
    sent, unsent = (take_in(small, receipt.complaint_id, files.jpeg(files.scene(*size))).get_json() for size in sizes)
    hear(small, answered(small, receipt.complaint_id, photos=[sent]))
    blobs = BlobFolder(tmp_path / "attachments")
    for wait, left in ((timedelta(0), True), (timedelta(days=1), False)):
        with small.database.write() as tx:
            repository_answer_photos.forget_unsent(tx, small.clock.now() + wait, blobs.remove)
        assert (blobs.get(unsent["sha256"]) is not None, blobs.get(sent["sha256"]) is not None) == (left, True)
    assert [row["event"] for row in small.rows(tables.answer_photos)] == ["answered.1"]
