"""What keeping a photo costs, beside Pillow alone doing the same; and how much memory a crowd of photos takes.

Bare: open, decode whole, resize to the same size, encode with the same quality, in memory. Ours: all that `keep` does
(check, decode, position, colours, upright, encode, preview, digests, two files kept). CPU time of the whole process,
since both may use threads; the rounds alternate, so that a slow minute hits both alike.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
from PIL import Image

from services.intake.photos.limits import LONGEST_SIDE, MOST_BYTES, QUALITY
from services.intake.photos.store import PhotoStore
from shared.blobs import BlobFolder
from tests.bench.report import middle, paired_ratio, resident_megabytes
from tests.support import photo_files as files

_MOST_RATIO = 1.5
_REPORT = {"service_code": "sampah", "description": "Sampah numpuk", "lat": "-6.884", "long": "107.5412"}


def measure(*, rounds: int, uploads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tanggap-photos-") as folder:
        _cost(Path(folder), rounds)
        _memory(Path(folder), uploads)


def _cost(folder: Path, rounds: int) -> None:
    store = PhotoStore(BlobFolder(folder / "kept"))
    content = files.jpeg(files.noise(4000, 3000), quality=90, exif=files.exif(orientation=6, gps=files.gps()))
    print(f"  a photo of {len(content) / 1e6:.1f} MB, 4000 x 3000 pixels")

    def ours() -> None:
        answer = store.keep([content])
        assert len(answer.kept) == 1
        for name in list(store.blobs.names()):  # or it would be found instead of kept the next time
            store.blobs.remove(name)

    alone, together = [], []
    for _ in range(rounds):
        alone.append(_cpu_milliseconds(lambda: _bare(content)))
        together.append(_cpu_milliseconds(ours))
    print(f"  Pillow alone     {middle(alone, 'ms')}")
    print(f"  keeping a photo  {middle(together, 'ms')}")
    ratio = paired_ratio(together, alone)
    missed = " (missed)" if float(ratio.split(" ")[0]) > _MOST_RATIO else ""
    print(f"  CPU time, ours / bare: {ratio}, wanted {_MOST_RATIO} or less{missed}")


def _bare(content: bytes) -> None:
    image = Image.open(io.BytesIO(content)).convert("RGB")
    size = (LONGEST_SIDE, LONGEST_SIDE * image.height // image.width)
    image.resize(size, Image.Resampling.BICUBIC).save(io.BytesIO(), "JPEG", quality=QUALITY)


def _cpu_milliseconds(do: Callable[[], None]) -> float:
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000


def _memory(folder: Path, uploads: int) -> None:
    crowd = let_crowd_in(folder, uploads)
    print(f"  {uploads} photos of {MOST_BYTES / 1e6:.0f} MB and 50 million pixels at once, each answered:")
    before, peak, after = (f"{one:.0f} MB" for one in (crowd.before, crowd.peak, crowd.after))
    print(f"  memory of intake {before} before, {peak} at most, {after} afterwards")
    print(f"  answered after   {middle(crowd.seconds, 's', digits=1)}")


@dataclass(frozen=True)
class Crowd:
    """Resident megabytes of intake before, at most and afterwards; how long each upload took."""

    before: float
    peak: float
    after: float
    seconds: list[float]


def let_crowd_in(folder: Path, uploads: int) -> Crowd:
    """To a whole intake come so many photos of 50 million pixels at once, each by a request of its own."""
    photo = _big_photo()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.photo_server", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        before, seconds = resident_megabytes(server.pid), list[float]()
        threads = [threading.Thread(target=_upload, args=(url, photo, seconds)) for _ in range(uploads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        crowd = Crowd(before, _most_megabytes(server.pid), resident_megabytes(server.pid), seconds)
        server.stdin.close()
        server.stdout.read()
    assert len(seconds) == uploads
    return crowd


def _big_photo() -> bytes:
    tile = files.noise(1020, 765)
    photo = Image.new("RGB", (8160, 6120))
    for number in range(64):
        photo.paste(tile, (1020 * (number % 8), 765 * (number // 8)))
    content = files.jpeg(photo, quality=35)
    return content + bytes(MOST_BYTES - len(content))


def _most_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _upload(url: str, photo: bytes, seconds: list[float]) -> None:
    started = time.monotonic()
    answer = requests.post(
        f"{url}/open311/v2/requests.json", data=_REPORT, files={"media": ("a.jpg", photo)}, timeout=120
    )
    assert answer.status_code == 200, answer.text
    seconds.append(time.monotonic() - started)


if __name__ == "__main__":
    measure(rounds=int(sys.argv[1]) if len(sys.argv) > 1 else 15, uploads=20)
