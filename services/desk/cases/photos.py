"""The photos of a case: which there are, and how one of them is fetched from intake, where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.desk.cases.case import Case
from services.desk.cases.contents import ADDITION, ANSWER, FOLLOWER, REPORT, Content, Contents
from shared.contracts.fields import AttachmentFields
from shared.errors import Rejected
from shared.web.internal import InternalClient


class Photos(Protocol):
    """Where photos lie."""

    def fetch(self, digest: str) -> bytes | None:
        """A JPEG file; None when there is none (any more). Raises `Transient` when it cannot be asked now."""
        ...


class IntakePhotos:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def fetch(self, digest: str) -> bytes | None:
        try:
            return self._client.get_bytes(f"/photos/{digest}")
        except Rejected:
            return None


@dataclass(frozen=True)
class CasePhoto:
    """`origin` says with what it came. `preview` is the digest of the small one, or of the photo itself."""

    sha256: str
    preview: str
    width: int
    height: int
    origin: str
    at: datetime

    @property
    def digests(self) -> tuple[str, str]:
        return self.sha256, self.preview


def photos_of(case: Case, contents: Contents) -> list[CasePhoto]:
    """Each once, those of the report first. What a confidential follower sent is as hidden as that person's words."""
    found: dict[str, CasePhoto] = {}
    for photo in _all(case, contents):
        found.setdefault(photo.sha256, photo)
    return list(found.values())


def _all(case: Case, contents: Contents) -> Iterator[CasePhoto]:
    additions = contents.of(ADDITION)
    later = {photo["sha256"] for addition in additions for photo in addition.photos}
    first = [photo for photo in case.attachments if photo["sha256"] not in later]
    yield from _photos(first, REPORT, case.received_at)
    for one in (*additions, *filter(_is_shown, contents.of(FOLLOWER)), *contents.of(ANSWER)):
        yield from _photos(one.photos, one.kind, one.at)


def _is_shown(follower: Content) -> bool:
    return follower.about.get("identity") != "confidential"


def _photos(attachments: Iterable[AttachmentFields], origin: str, at: datetime) -> Iterator[CasePhoto]:
    for photo in attachments:
        preview = photo.get("preview") or photo["sha256"]
        yield CasePhoto(photo["sha256"], preview, photo.get("width", 0), photo.get("height", 0), origin, at)
