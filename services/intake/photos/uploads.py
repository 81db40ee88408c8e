"""Photos in a web request: how large a request may be that brings some, and its files, read one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import overload

from flask import Flask, request
from werkzeug.datastructures import FileStorage

from services.intake.photos.limits import MOST_BYTES, MOST_PHOTOS

MOST_REQUEST_BYTES = MOST_PHOTOS * MOST_BYTES + 5_000_000
"""Five photos, text, and what the packing takes."""

_MOST_FIELD_BYTES = 100_000
_MOST_PARTS = 100
"""Of such a request: files lie on the disk, but fields in memory."""

_PATHS = re.compile(r"/complaints(/[^/]+/additions)?/?|/open311/v2/requests[^/]*")


def let_photos_in(web: Flask) -> None:
    """Requests that may bring photos may be that large; all others stay as small as they are."""
    web.config["SERVER_BODY_BYTES"] = MOST_REQUEST_BYTES + 1_000_000  # a little more: then it is us who say no

    @web.before_request
    def allow() -> None:
        if request.mimetype == "multipart/form-data" and _PATHS.fullmatch(request.path):
            request.max_content_length = MOST_REQUEST_BYTES  # other forms are read into memory as a whole
            request.max_form_memory_size = _MOST_FIELD_BYTES
            request.max_form_parts = _MOST_PARTS


class Uploaded(Sequence[bytes]):
    """The files of a request that have a content, for `PhotoStore.keep`: each is read when it is asked for.

    A browser sends an empty file for a field in which nothing was chosen: that is none.
    """

    def __init__(self, files: Iterable[FileStorage]) -> None:
        self._files = [file for file in files if _has_content(file)]

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        file = self._files[number]
        file.stream.seek(0)
        return file.stream.read(MOST_BYTES + 1)  # one more than is taken shows that it is too large


def _has_content(file: FileStorage) -> bool:
    if not file.filename:
        first = file.stream.read(1)
        file.stream.seek(0)
        return bool(first)
    return True
