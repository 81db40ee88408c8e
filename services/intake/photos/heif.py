"""HEIF photos (what iPhones make), decoded in a process of their own.

Their decoder is large, young, and written for files that mean well; what a stranger sends may crash it or make it take
any amount of memory, since the sizes in the container and in the stream need not agree. A process that ends with its
photo costs a tenth of a second more, and less than intake.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

from PIL import Image

from services.intake.photos.limits import MOST_SECONDS
from services.intake.photos.refusals import SENTENCES, UNREADABLE, PhotoRefused

HEADER = struct.Struct(">4I")
"""Width, height, bytes of EXIF data, bytes of the colour profile; these follow, then the pixels, three bytes each."""

_ROOT = Path(__file__).parents[3]
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
_CHILD = "services.intake.photos.heif_child"


def decode_heif(content: bytes) -> tuple[Image.Image, bytes, bytes]:
    """(small flat pixels, EXIF data, colour profile). Raises `PhotoRefused`."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}  # no keys, no passwords
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and the photo goes in by a pipe
            [sys.executable, "-m", _CHILD],
            input=content,
            capture_output=True,
            timeout=2 * MOST_SECONDS,
            cwd=_ROOT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PhotoRefused(UNREADABLE) from None
    if done.returncode:
        word = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise PhotoRefused(word if word in SENTENCES else UNREADABLE)
    return _unpacked(done.stdout)


def _unpacked(answer: bytes) -> tuple[Image.Image, bytes, bytes]:
    width, height, exif, profile = HEADER.unpack_from(answer)
    begin = HEADER.size + exif + profile
    image = Image.frombytes("RGB", (width, height), memoryview(answer)[begin:])
    return image, answer[HEADER.size : HEADER.size + exif], answer[HEADER.size + exif : begin]
