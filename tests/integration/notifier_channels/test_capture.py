"""Captured notices: a file a delivery, named and whole, whatever stands in the names."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.delivery import AMQP, EMAIL, SMS, WEBHOOK
from services.notifier.way_out import Away
from services.notifier.writing.letters import Mail
from tests.integration.notifier_channels import messages
from tests.integration.notifier_channels.messages import DELIVERY, EVENT, MAIL, NOW, document

WHOLE = Mail(MAIL.sender, MAIL.recipient, b"Date: Tue, 24 Nov 2026 07:05:00 +0000\r\n" + MAIL.content)


@pytest.fixture
def folder(tmp_path: Path) -> CaptureFolder:
    return CaptureFolder(tmp_path / "captured")


def test_capturing_again_gives_the_same_file_and_no_leftovers(folder: CaptureFolder) -> None:
    for _ in range(2):
        assert Capture(folder).send(DELIVERY, WHOLE, NOW).state == "captured"
    (path,) = folder.folder.iterdir()
    assert path.name == "CMH-743K-JZ16-case_notice-DPUPR-0123456789ab.eml"
    assert path.read_bytes() == WHOLE.content
    kept = folder.read(replace(DELIVERY, channel=EMAIL))
    assert kept is not None
    assert (kept["to"], kept["subject"], kept["text"].strip()) == (
        "budi@mail.example", "Laporan diterima", "Terima kasih.",
    )  # fmt: skip


def test_text_messages_and_documents_are_shown_as_they_went(folder: CaptureFolder) -> None:
    capture = Capture(folder)
    assert capture.send(DELIVERY, messages.SMS, NOW).state == "captured"
    kept = folder.read(replace(DELIVERY, channel=SMS))
    assert kept is not None
    assert (kept["to"], kept["from"], kept["text"]) == ("+6281234567890", "1234", messages.SMS.text)
    for channel, to in ((WEBHOOK, "https://hook.test/cases"), (AMQP, "agency.DPUPR.v1")):
        assert capture.send(DELIVERY, document(to), NOW).state == "captured"
        kept = folder.read(replace(DELIVERY, channel=channel))
        assert kept is not None
        assert (kept["to"], kept["from"], kept["at"]) == (to, "tanggap/notifier", NOW.isoformat())
        assert kept["subject"] == "tanggap.case_notice.v1"
        assert json.loads(kept["text"]) == EVENT


def test_names_from_outside_stay_in_the_folder(folder: CaptureFolder) -> None:
    evil = replace(DELIVERY, ticket="../../etc/x", recipient="a/b")
    Capture(folder).send(evil, messages.SMS, NOW)
    (path,) = folder.folder.iterdir()
    assert path.name == "______etc_x-case_notice-a_b-0123456789ab.json"


def test_a_folder_that_cannot_be_written_is_tried_again(folder: CaptureFolder) -> None:
    folder.folder.write_text("a file in the way")
    outcome = Capture(folder).send(DELIVERY, messages.SMS, NOW)
    assert (outcome.state, outcome.reason, outcome.away) == ("pending", "capture_failed", Away.CHANNEL)
