"""Each photo and each raw mail has its file, or reconcile says which one has none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake import tables as intake
from services.operations import files
from services.operations.files import find_missing_files
from services.operations.installation import Installation
from services.operations.reconcile import find_differences
from shared.blobs import BlobFolder
from tests.unit.operations.test_facts import COMPLAINT, OLD, TICKET, put

NOW = datetime.now(UTC)


def attachments(installation: Installation) -> BlobFolder:
    return BlobFolder(installation.location.data / "attachments")


def photo(sha256: str, preview: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "complaint_id": "c1", "sha256": sha256, "position": 0, "media_type": "image/jpeg", "size": 1, "width": 1,
        "height": 1, "preview": preview, "added_at": OLD, **changes,
    }  # fmt: skip


def raw(sha256: str, **changes: Any) -> dict[str, Any]:
    return {
        "raw_id": f"r{sha256[:20]}", "channel": "email", "sha256": sha256, "size": 1, "sealed": "",
        "complaint_id": "c1", "received_at": OLD, **changes,
    }  # fmt: skip


def missing(installation: Installation, before: datetime = NOW) -> list[tuple[str, str]]:
    return [(gap.ticket, gap.detail.rpartition("/")[2]) for gap in find_missing_files(installation, before)]


@pytest.fixture
def kept(installation: Installation) -> list[str]:
    """A complaint with a photo, its preview and its raw mail, all on the disk."""
    names = [attachments(installation).put(content) for content in (b"photo", b"preview", b"raw")]
    put(installation, "intake", intake.complaints, COMPLAINT)
    put(installation, "intake", intake.attachments, photo(names[0], names[1]))
    put(installation, "intake", intake.raw_messages, raw(names[2]))
    return names


def test_all_is_there(installation: Installation, kept: list[str]) -> None:
    assert missing(installation) == []


def test_every_file_that_is_gone_is_named(installation: Installation, kept: list[str]) -> None:
    for number, name in enumerate(kept):
        attachments(installation).remove(name)
        assert missing(installation) == [(TICKET, gone) for gone in kept[: number + 1]]


def test_what_has_no_complaint_is_looked_for_as_well(installation: Installation, kept: list[str]) -> None:
    put(installation, "intake", intake.raw_messages, raw("f" * 64, complaint_id=None, quarantine_id="q1"))
    assert missing(installation) == [("", "f" * 64)]


def test_what_came_just_now_is_left_alone(installation: Installation, kept: list[str]) -> None:
    put(installation, "intake", intake.attachments, photo("f" * 64, added_at=NOW))
    assert missing(installation, NOW - timedelta(seconds=60)) == []


def test_more_than_a_chunk_is_looked_through_to_its_end(installation: Installation, kept: list[str]) -> None:
    names = [f"{number:064x}" for number in range(2 * files.CHUNK + 3)]
    put(installation, "intake", intake.attachments, *(photo(name, complaint_id="c1") for name in names))
    assert [name for _, name in missing(installation)] == sorted(names)


def test_reconcile_tells_it_and_cannot_mend_it(installation: Installation, kept: list[str]) -> None:
    attachments(installation).remove(kept[0])
    found = [one for one in find_differences(installation, 60).differences if one.kind == "file_missing"]
    assert [(one.service, one.ticket, one.repairable) for one in found] == [("intake", TICKET, False)]
