"""Pixels on their way: made small, flat, upright and sRGB."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageCms

from services.intake.photos.heading import fitted, shrinking

_WHITE = (255, 255, 255)
_BAND_PIXELS = 1_000_000
_MOST_PROFILE_BYTES = 2_000_000
_TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation: what makes it upright."""


def flattened(image: Image.Image) -> Image.Image:
    """In RGB on white, shrunk by a whole number where it will be made smaller anyway.

    Band by band, so that besides the decoded picture and the small one little memory is taken.
    """
    factor = shrinking(*image.size)
    if factor == 1 and image.mode == "RGB" and "transparency" not in image.info:
        return image
    width, height = image.size
    flat = Image.new("RGB", (-(-width // factor), -(-height // factor)), _WHITE)
    rows = max(1, _BAND_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        band = _on_white(image.crop((0, top, width, min(height, top + rows))))
        flat.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return flat


def _on_white(band: Image.Image) -> Image.Image:
    if band.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N"):  # 16 bits of grey
        return band.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if band.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in band.info:
        coloured = band.convert("RGBA")
        white = Image.new("RGB", band.size, _WHITE)
        white.paste(coloured, mask=coloured)
        return white
    return band.convert("RGB")


def resized(image: Image.Image) -> Image.Image:
    size = fitted(*image.size)
    return image if size == image.size else image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """In RGB. A profile that is sRGB already, does not fit or cannot be read changes nothing."""
    if profile and len(profile) <= _MOST_PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if image.mode == "CMYK" or "sRGB" not in ImageCms.getProfileDescription(source):
                converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                return converted or image.convert("RGB")
        except Exception:  # noqa: BLE001 - whatever a stranger wrote into a profile, the pixels are there
            return image.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def preview_of(image: Image.Image, longest: int) -> Image.Image:
    return image.resize(fitted(*image.size, longest), Image.Resampling.BICUBIC, reducing_gap=2.0)


def encoded(image: Image.Image, quality: int) -> bytes:
    """A JPEG file of these pixels and of nothing else."""
    image.info = {}  # Pillow would write a comment, a resolution or a profile that it finds here
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
