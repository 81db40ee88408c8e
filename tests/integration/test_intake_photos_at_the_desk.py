"""From the phone to the desk with nothing between them faked: intake's internal API over a real server."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from services.desk.cases.photos import IntakePhotos
from services.intake import tables
from shared.errors import Transient
from shared.web.internal import InternalClient
from shared.web.server import WebServer
from tests.support import photo_files as files
from tests.support.ports import free_port
from tests.unit.intake.building import TOKEN, Intake, intake, settings
from tests.unit.intake.open311_city import open311_city

REPORT = {"service_code": "sampah", "description": "Sampah numpuk", "lat": "-6.884", "long": "107.5412"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Intake, str]]:
    common = replace(settings().common, data=tmp_path)
    with intake(f"sqlite:///{tmp_path}/intake.db", pack=open311_city(), common=common) as built:
        server = WebServer(built.service.web, "127.0.0.1", 0)
        server.start()
        yield built, server.url
        server.stop()


def test_what_a_citizen_sent_is_what_the_desk_fetches(served: tuple[Intake, str]) -> None:
    built, url = served
    photo = (BytesIO(files.heic(files.scene(800, 600))), "IMG_0001.HEIC")
    assert built.client.post("/open311/v2/requests.json", data={**REPORT, "media": photo}).status_code == 200
    (row,) = built.rows(tables.attachments)
    photos = IntakePhotos(InternalClient(url, TOKEN))
    whole, small = photos.fetch(row["sha256"]), photos.fetch(row["preview"])
    assert whole is not None
    assert small is not None
    assert files.opened(whole).size == (800, 600)
    assert files.opened(small).size == (320, 240)
    assert photos.fetch("0" * 64) is None
    with pytest.raises(Transient):
        IntakePhotos(InternalClient(url, "another token")).fetch(row["sha256"])


def test_intake_away_is_transient() -> None:
    with pytest.raises(Transient) as told:
        IntakePhotos(InternalClient(f"http://127.0.0.1:{free_port()}", TOKEN)).fetch("0" * 64)
    assert told.value.code == "service_away"
