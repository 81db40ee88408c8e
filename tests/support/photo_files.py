"""Photos as phones, and people with bad intentions, make them: invented, and made by code."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image, ImageCms

LATITUDE, LONGITUDE = -6.884167, 107.5425
GPS_IFD, ORIENTATION = 0x8825, 0x0112
SECRET = b"Budi Santoso, Jl. Contoh 5"


def scene(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    """A red left half and a blue right half, the upper quarter green: it shows which way up it is."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    image.paste((20, 160, 20), (0, 0, width, height // 4))
    return image if mode == "RGB" else image.convert(mode)


def noise(width: int, height: int) -> Image.Image:
    """Weighs as much as a photo of a street does."""
    bands = [Image.effect_noise((width, height), sigma) for sigma in (22, 26, 30)]
    slope = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", [Image.blend(band, slope, 0.4) for band in bands])


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or scene(), "JPEG", **options)


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or scene(), "PNG", **options)


def webp(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or scene(), "WEBP", **options)


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image or scene()).save(out, **{"quality": 70, **options})
    return out.getvalue()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(*, orientation: int = 1, gps: dict[int, Any] | None = None, **texts: str) -> Image.Exif:
    """By Pillow's own writer. `texts` are tags by name, here a camera's and its owner's."""
    written = Image.Exif()
    written[ORIENTATION] = orientation
    for tag, text in {"Make": 0x010F, "Artist": 0x013B}.items():
        written[text] = texts.get(tag, SECRET.decode())
    if gps is not None:
        written[GPS_IFD] = gps
    return written


def gps(latitude: float = LATITUDE, longitude: float = LONGITUDE) -> dict[int, Any]:
    return {
        1: "S" if latitude < 0 else "N",
        2: _sexagesimal(abs(latitude)),
        3: "W" if longitude < 0 else "E",
        4: _sexagesimal(abs(longitude)),
    }


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = (degrees - int(degrees)) * 60
    return float(int(degrees)), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)


def display_p3_like() -> bytes:
    """A colour profile that is not sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def png_of(width: int, height: int, *, depth: int = 8, colours: int = 2, data: bytes = b"") -> bytes:
    """A PNG that says it has so many pixels; `data` is what is packed for them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    )


def png_16_bit_rgb(width: int = 60, height: int = 40) -> bytes:
    """Half intensity everywhere, in 16 bits a colour: what Pillow itself cannot write."""
    row = b"\0" + struct.pack(">3H", 0x8000, 0x8000, 0x8000) * width
    return png_of(width, height, depth=16, data=row * height)


def with_segment(photo: bytes, marker: int, body: bytes) -> bytes:
    """A JPEG with a further segment after its start."""
    return photo[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + photo[2:]


def saying(photo: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame claims another size."""
    at = next(photo.index(bytes((0xFF, kind))) for kind in (0xC0, 0xC2) if bytes((0xFF, kind)) in photo)
    return photo[: at + 5] + struct.pack(">HH", height, width) + photo[at + 9 :]


def markers(photo: bytes) -> list[int]:
    """The segments of a JPEG up to its picture, and what follows after its end as 0x100."""
    found, at = [], 2
    while photo[at + 1] != 0xDA:
        assert photo[at] == 0xFF, at
        found.append(photo[at + 1])
        at += 2 + struct.unpack(">H", photo[at + 2 : at + 4])[0]
    return [*found, 0xDA, *([] if photo.endswith(b"\xff\xd9") and photo.count(b"\xff\xd9") == 1 else [0x100])]


def opened(photo: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(photo))
    image.load()
    return image


def phone_photo(*, wide: int = 2400, high: int = 1800, position: bool = False) -> bytes:
    """A JPEG of some megabytes; its position is 6°52'30" S, 107°32'15" E."""
    image = Image.effect_noise((wide, high), 80).convert("RGB")
    exif = Image.Exif()
    if position:
        exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 52.0, 30.0), 3: "E", 4: (107.0, 32.0, 15.0)})
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()
