"""Photos at the form and on the tracking page: kept at once, carried through every error, never anybody else's."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.intake import tables
from services.intake.photos.store import KeptPhotos
from shared.config import CommonSettings
from shared.contracts.fields import Place
from shared.errors import Transient
from tests.integration.web_browser import FormBrowser, hidden_fields
from tests.unit.intake.building import Intake, intake, settings, submission


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    common: CommonSettings = replace(settings().common, data=tmp_path)
    with intake(f"sqlite:///{tmp_path}/intake.db", common=common) as one:
        yield one


def jpeg(colour: str, *, position: bool = False) -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    exif = Image.Exif()
    if position:
        exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 52.0, 30.0), 3: "E", 4: (107.0, 32.0, 15.0)})
    Image.new("RGB", (40, 30), colour).save(file, "JPEG", exif=exif)
    file.seek(0)
    return file, f"{colour}.jpg"


def stored(built: Intake) -> list[dict[str, Any]]:
    return built.rows(tables.attachments)


def test_photos_come_with_the_complaint_and_say_where_it_is(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam"}
    ticket, _, page = browser.receipt({**form, "photos": [jpeg("red"), jpeg("blue", position=True)]})
    assert len(stored(built)) == 2
    assert len(built.said()[-1].attachments) == 2
    complaint = built.rows(tables.complaints)[0]
    assert (complaint["ticket"], round(complaint["latitude"], 3), round(complaint["longitude"], 4)) == (
        ticket, -6.875, 107.5375,
    )  # fmt: skip
    assert "<dt>Foto</dt><dd>2</dd>" in page


def test_the_position_of_the_phone_wins_and_can_be_refused(built: Intake) -> None:
    browser = FormBrowser(built)
    for given in ({"latitude": "-6.9", "longitude": "107.5"}, {"position": "none"}):
        form = {**browser.opened_form(), "text": "Lampu padam", **given}
        browser.receipt({**form, "photos": [jpeg("blue", position=True)]})
    assert [row["latitude"] for row in built.rows(tables.complaints)] == [-6.9, None]


@pytest.mark.parametrize("latitude", ["91", "nan", "inf", "x", "", "-6.9"])
def test_half_a_position_or_one_that_is_nowhere_is_none(built: Intake, latitude: str) -> None:
    browser = FormBrowser(built)
    longitude = "" if latitude == "-6.9" else "107.5"
    browser.receipt({**browser.opened_form(), "text": "Lampu", "latitude": latitude, "longitude": longitude})
    assert built.rows(tables.complaints)[0]["latitude"] is None


def test_photos_outlive_mistakes_and_are_sent_once(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam", "phone": "12"}
    wrong = browser.send({**form, "photos": [jpeg("red"), jpeg("blue")]})
    assert wrong.status_code == 422
    kept = hidden_fields(wrong.text)
    assert len(kept["photo"]) == 2
    more = browser.send({**form, **kept, "photos": [jpeg("red"), jpeg("green")]})
    assert len(hidden_fields(more.text)["photo"]) == 3, "the same photo twice is one"
    browser.receipt({**form, **hidden_fields(more.text), "phone": ""})
    assert [row["position"] for row in stored(built)] == [0, 1, 2]


def test_a_kept_photo_can_be_taken_back(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": " "}
    wrong = browser.send({**form, "photos": [jpeg("red"), jpeg("blue")]})
    drop = wrong.text.split('name="drop_photo" value="')[1].split('"')[0]
    browser.receipt({**form, **hidden_fields(wrong.text), "text": "Lampu padam", "drop_photo": drop})
    assert len(stored(built)) == 1
    assert stored(built)[0]["sha256"] != drop


def test_the_language_can_be_switched_with_photos_chosen(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam", "photos": [jpeg("red")], "language": "en"}
    answer = browser.send(form)
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert "Lampu padam" in answer.text
    assert len(hidden_fields(answer.text)["photo"]) == 1


def test_what_is_no_photo_is_said_and_the_others_stay(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam"}
    answer = browser.send({**form, "photos": [jpeg("red"), (io.BytesIO(b"%PDF-1.7 nothing"), "foto.jpg")]})
    assert answer.status_code == 422
    assert 'id="photos-salah"' in answer.text
    assert "bukan foto" in answer.text
    browser.receipt({**form, **hidden_fields(answer.text)})
    assert len(stored(built)) == 1


def test_at_most_five(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": " "}
    three = browser.send({**form, "photos": [jpeg(colour) for colour in ("red", "green", "blue")]})
    form = {**form, **hidden_fields(three.text), "text": "Lampu padam"}
    six = browser.send({**form, "photos": [jpeg(colour) for colour in ("black", "white", "yellow")]})
    assert six.status_code == 422
    assert "Paling banyak 5 foto" in six.text
    browser.receipt({**form, **hidden_fields(six.text)})
    assert len(stored(built)) == 5


def test_nobody_can_name_a_photo_of_somebody_else(built: Intake) -> None:
    browser = FormBrowser(built)
    wrong = browser.send({**browser.opened_form(), "text": " ", "photos": [jpeg("red")]})
    token = hidden_fields(wrong.text)["photo"][0]
    for made_up in (token[:9] + ("A" if token[9] != "A" else "B") + token[10:], "x", "a" * 64):
        browser.receipt({**browser.opened_form(), "text": f"Lampu {made_up[:5]}", "photo": made_up})
    assert stored(built) == []
    built.clock.pass_by(days=1)
    browser.receipt({**browser.opened_form(), "text": "Lampu padam", "photo": token})
    assert len(stored(built)) == 1


def test_photos_are_carried_past_the_question_about_similar_complaints(built: Intake) -> None:
    built.door.accept(submission("Lampu jalan padam", place=Place(kelurahan="Cibeber")))
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam", "kelurahan": "Cibeber"}
    asked = browser.send({**form, "photos": [jpeg("red"), jpeg("blue", position=True)]})
    assert asked.status_code == 200
    browser.receipt({**hidden_fields(asked.text), "separate": "1"})
    assert len(stored(built)) == 2
    assert built.rows(tables.complaints)[-1]["latitude"] is not None


def test_a_browser_that_chose_nothing_sends_an_empty_file(built: Intake) -> None:
    browser = FormBrowser(built)
    browser.receipt({**browser.opened_form(), "text": "Lampu padam", "photos": [(io.BytesIO(b""), "")]})
    assert stored(built) == []


def test_photos_are_added_on_the_tracking_page(built: Intake) -> None:
    receipt = built.door.accept(submission())
    browser = FormBrowser(built)
    form = hidden_fields(browser.get(f"/complaints/{receipt.ticket}?code={receipt.tracking_code}").text)
    path = f"/complaints/{receipt.ticket}/additions"
    wrong = browser.send({**form, "text": "", "photos": [jpeg("red"), (io.BytesIO(b"x"), "a.jpg")]}, path)
    assert wrong.status_code == 422
    assert browser.send({**form, **hidden_fields(wrong.text), "text": ""}, path).status_code == 303
    assert len(built.said()[-1].photos) == 1
    assert stored(built)[0]["addition_id"] == built.said()[-1].addition_id


@dataclass
class FullDisk:
    """A store of photos that can't keep any at the moment."""

    asked: list[int] = field(default_factory=list)

    def keep(self, contents: Sequence[bytes]) -> KeptPhotos:
        self.asked.append(len(contents))
        raise Transient("no space is left", code="photos_away")


def test_while_photos_cannot_be_kept_nothing_that_was_typed_is_lost(built: Intake) -> None:
    views = built.service.web.view_functions
    form_views = replace(views["form.send"].__self__, photos=FullDisk())  # type: ignore[attr-defined]
    views["form.send"] = form_views.send
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam"}
    answer = browser.send({**form, "photos": [jpeg("red")]})
    assert answer.status_code == 503
    assert "Lampu padam" in answer.text
    assert form_views.photos.asked == [1]
    assert browser.send({**form, **hidden_fields(answer.text)}).status_code == 303, "without photos it can be sent"
