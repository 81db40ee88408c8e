"""Photos as phones make them, invented: noise, with or without a position."""

import io

from PIL import Image


def phone_photo(*, wide: int = 2400, high: int = 1800, position: bool = False) -> bytes:
    """A JPEG of some megabytes; its position is 6°52'30" S, 107°32'15" E."""
    image = Image.effect_noise((wide, high), 80).convert("RGB")
    exif = Image.Exif()
    if position:
        exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 52.0, 30.0), 3: "E", 4: (107.0, 32.0, 15.0)})
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()
