"""A pack's wording is checked whole before anything starts."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from shared.citypack import PackError
from shared.wording import MESSAGES, load_wording
from tests.unit.notifier.samples import PACK

SOURCE = PACK / "wording" / "id"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCE, tmp_path / "id"))


def problems(folder: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        load_wording(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_field_that_is_not_given_is_refused_when_the_pack_is_read(folder: Path) -> None:
    mail = folder / "receipt.email.txt"
    mail.write_text(mail.read_text() + "{{ phon }}")
    (problem,) = problems(folder)
    assert problem.startswith("receipt.email.txt: `phon` cannot be used here.")


def test_the_words_of_a_complaint_cannot_be_put_into_a_text_message(folder: Path) -> None:
    sms = folder / "receipt.sms.txt"
    sms.write_text(sms.read_text() + "{{ excerpt }}")
    assert "`excerpt` cannot be used here" in problems(folder)[0]


@pytest.mark.parametrize("field", ["reporter", "tracking_code", "phone", "email", "contact"])
def test_a_notice_to_an_agency_has_no_field_for_a_citizen(folder: Path, field: str) -> None:
    notice = folder / "case_notice.email.html"
    notice.write_text(notice.read_text().replace("{{ agency }}", f"{{{{ {field} }}}}"))
    assert f"`{field}` cannot be used here" in problems(folder)[0]


def test_a_receipt_without_ticket_or_emergency_numbers_is_refused(folder: Path) -> None:
    (folder / "receipt.sms.txt").write_text("Kode {{ tracking_code }} {{ link }}")
    found = problems(folder)
    assert [line.split(" Write")[0] for line in found] == [
        "receipt.sms.txt: `emergency_numbers` is missing.", "receipt.sms.txt: `ticket` is missing.",
    ]  # fmt: skip


def test_everything_wrong_is_told_at_once(folder: Path) -> None:
    (folder / "case_copy.subject.txt").unlink()
    (folder / "receipt.subject.txt").write_text("{{ ticket ")
    phrases = folder / "phrases.yaml"
    phrases.write_text(phrases.read_text().replace("[Senin, ", "[").replace("{weekday}", "{wekday}"))
    found = "\n".join(problems(folder))
    for part in ("case_copy.subject.txt: The file cannot be read", "receipt.subject.txt:1: The template cannot be read",
                 "`weekdays` should list 7 names", "`moment` cannot be used"):  # fmt: skip
        assert part in found


def test_rendering_without_a_used_field_fails_instead_of_leaving_a_gap() -> None:
    with pytest.raises(UndefinedError):
        load_wording(SOURCE).render("receipt", "subject.txt", {"city": "Kota Cimahi"})


def test_every_part_of_every_message_is_there() -> None:
    wording = load_wording(SOURCE)
    given = dict.fromkeys(
        ("city", "agency", "lead", "kind", "place", "channel", "received_at", "identity", "assignment", "text",
         "reason", "ticket", "tracking_code", "link", "excerpt", "reporter",
         "what", "added_at", "by_channel"), "isi",
    ) | {"why": ["kata"], "emergency_numbers": [], "attachments": 1, "asks": ["what"], "photos": 2}  # fmt: skip
    for message, parts in MESSAGES.items():
        for part in parts:
            assert wording.render(message, part, given)


def test_moments_and_places_are_written_as_the_city_does() -> None:
    phrases = load_wording(SOURCE).phrases
    at = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert phrases.moment_text(at, ZoneInfo("Asia/Jakarta")) == "Jumat, 1 Januari 2027 pukul 00.30 WIB"
    assert phrases.place_text("Cimahi Utara", None, None) == "Kecamatan Cimahi Utara"
    assert phrases.place_text(None, None, None) == "tidak disebutkan"


def test_a_message_may_extend_another_and_must_still_hold_what_it_needs(folder: Path) -> None:
    follow = folder / "follow_receipt.email.txt"
    assert "extends" in follow.read_text()
    (folder / "receipt.email.txt").write_text((folder / "receipt.email.txt").read_text().replace("{{ link }}", ""))
    named = sorted(problem.split(":")[0] for problem in problems(folder) if "`link` is missing" in problem)
    assert named == ["follow_receipt.email.txt", "receipt.email.txt"]
