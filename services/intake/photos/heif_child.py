"""The process that decodes one HEIF photo: bytes in by standard input, small pixels out by standard output.

It takes no more memory and time than it sets itself before it looks at the first byte. Ends with 0, or with another
code and the reason as the last line of standard error.
"""

from __future__ import annotations

import resource
import sys

import pillow_heif
from PIL import Image

from services.intake.photos.heading import check_size
from services.intake.photos.heif import HEADER
from services.intake.photos.limits import MOST_BYTES, MOST_SECONDS
from services.intake.photos.picture import flattened, resized
from services.intake.photos.refusals import UNREADABLE, PhotoRefused

MOST_MEMORY = 350_000_000
_MOST_PIXELS = 25_000_000
"""24 million is the most that phones write into such files by themselves."""
_MOST_METADATA = 2_000_000


def main() -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(MOST_SECONDS), int(MOST_SECONDS) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.buffer.write(_decoded(sys.stdin.buffer.read(MOST_BYTES + 1)))
        return 0
    except PhotoRefused as refused:
        reason = refused.code
    except Exception:  # noqa: BLE001 - a decoder has more ways to fail than it documents
        reason = UNREADABLE
    print(reason, file=sys.stderr)  # noqa: T201 - that is how this process answers
    return 1


def _decoded(content: bytes) -> bytes:
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    pillow_heif.options.DECODE_THREADS = 1
    file = pillow_heif.open_heif(content, convert_hdr_to_8bit=True)
    width, height = file.size
    check_size(width, height, most_pixels=_MOST_PIXELS)
    exif, profile = (_metadata(file.info.get(name)) for name in ("exif", "icc_profile"))
    mode = file.mode
    image = Image.frombuffer(mode, (width, height), file.data, "raw", mode, file.stride, 1)
    small = resized(flattened(image))
    return b"".join((HEADER.pack(*small.size, len(exif), len(profile)), exif, profile, small.tobytes()))


def _metadata(value: object) -> bytes:
    return value if isinstance(value, bytes) and len(value) <= _MOST_METADATA else b""


if __name__ == "__main__":
    sys.exit(main())
