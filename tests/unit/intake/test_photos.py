"""What comes out of every kind of photo: the same plain JPEG, upright, on white, with nothing in it but pixels."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from services.intake.photos.refusals import SENTENCES
from services.intake.photos.store import PhotoStore
from services.intake.submission import KeptPhoto
from shared.blobs import BlobFolder
from tests.support import photo_files as files

RED, BLUE, GREEN, WHITE = (200, 20, 20), (20, 20, 200), (20, 160, 20), (255, 255, 255)
PLAIN = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
"""JFIF, tables, frame, picture: what a JPEG cannot do without."""


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(BlobFolder(tmp_path / "attachments"))


def kept(store: PhotoStore, content: bytes) -> tuple[KeptPhoto, Image.Image, bytes]:
    answer = store.keep([content])
    assert answer.refused == ()
    (photo,) = answer.kept
    stored = store.blobs.get(photo.sha256)
    assert stored is not None
    image = files.opened(stored)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (photo.width, photo.height))
    assert (photo.media_type, photo.size) == ("image/jpeg", len(stored))
    return photo, image, stored


def refused(store: PhotoStore, content: bytes) -> str:
    answer = store.keep([content])
    assert answer.kept == ()
    assert list(store.blobs.names()) == []
    (code,) = answer.refused
    assert code in SENTENCES
    return code


def near(image: Image.Image, x: float, y: float, colour: tuple[int, ...]) -> bool:
    """Whether it has this colour at these shares of its width and height."""
    seen = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 40 for one, other in zip(seen, colour, strict=True))


def is_the_scene(image: Image.Image) -> bool:
    return near(image, 0.1, 0.8, RED) and near(image, 0.9, 0.8, BLUE) and near(image, 0.5, 0.1, GREEN)


@pytest.mark.parametrize(
    "content",
    [
        files.jpeg(),
        files.jpeg(progressive=True),
        files.jpeg(files.scene(mode="CMYK")),
        files.jpeg(keep_rgb=True),
        files.jpeg(subsampling="4:4:4", quality=95, restart_marker_blocks=4),
        files.png(),
        files.png(files.scene().quantize(16)),
        files.png(files.scene(mode="RGBA")),
        files.webp(),
        files.webp(lossless=True),
        files.webp(files.scene(mode="RGBA")),
        files.heic(),
        files.heic(files.scene(mode="RGBA")),
        files.heic(files.scene(1200, 900), tile_size=512),
    ],
    ids=[
        "jpeg", "progressive", "cmyk", "rgb-jpeg", "restarts", "png", "palette", "rgba", "webp", "lossless",
        "webp-alpha", "heic", "heic-alpha", "heic-tiles",
    ],
)  # fmt: skip
def test_every_kind_of_photo_shows_what_it_showed(store: PhotoStore, content: bytes) -> None:
    _, image, stored = kept(store, content)
    assert is_the_scene(image)
    assert set(files.markers(stored)) == PLAIN


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey_in_any_depth_stays_as_bright(store: PhotoStore, mode: str) -> None:
    if mode == "I;16":
        grey = Image.new("I", (50, 40), 0x8000).convert(mode)
    else:
        grey = Image.new("L", (50, 40), 255 if mode == "1" else 128).convert(mode)
    _, image, _ = kept(store, files.png(grey))
    assert near(image, 0.5, 0.5, WHITE if mode == "1" else (128, 128, 128))


def test_sixteen_bits_a_colour_become_eight(store: PhotoStore) -> None:
    _, image, _ = kept(store, files.png_16_bit_rgb())
    assert near(image, 0.5, 0.5, (128, 128, 128))


@pytest.mark.parametrize("size", [(60, 40), (4100, 300)], ids=["small", "shrunk"])
def test_what_is_transparent_becomes_white(store: PhotoStore, size: tuple[int, int]) -> None:
    clear = Image.new("RGBA", size, (200, 20, 20, 255))
    clear.paste((0, 0, 0, 0), (size[0] // 2, 0, *size))
    _, image, _ = kept(store, files.png(clear))
    assert near(image, 0.1, 0.5, RED)
    assert near(image, 0.9, 0.5, WHITE)


def test_a_transparent_colour_of_a_palette_becomes_white(store: PhotoStore) -> None:
    palette = files.scene().quantize(8)
    _, image, _ = kept(store, files.png(palette, transparency=palette.getpixel((10, 200))))
    assert near(image, 0.1, 0.8, WHITE)
    assert near(image, 0.9, 0.8, BLUE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_kept(store: PhotoStore, kind: str) -> None:
    frames = [Image.new("RGB", (50, 40), colour) for colour in (RED, BLUE, GREEN)]
    content = files.saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    _, image, _ = kept(store, content)
    assert near(image, 0.5, 0.5, RED)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_stands_upright(store: PhotoStore, orientation: int, kind: str) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that brings it into that orientation
    scene = files.scene()
    lying = scene if orientation == 1 else scene.transpose(Image.Transpose(undo[orientation]))
    content = files.saved(lying, kind, exif=files.exif(orientation=orientation))
    _, image, stored = kept(store, content)
    assert image.size == scene.size
    assert is_the_scene(image)
    assert not image.getexif()
    assert set(files.markers(stored)) == PLAIN


def test_a_heic_that_turns_itself_is_turned_once(store: PhotoStore) -> None:
    lying = files.scene().transpose(Image.Transpose.ROTATE_90)
    _, image, _ = kept(store, files.heic(lying, exif=files.exif(orientation=6).tobytes()))
    assert is_the_scene(image)


@pytest.mark.parametrize(
    ("width", "height", "becomes"),
    [(4000, 3000, (2000, 1500)), (3000, 4000, (1500, 2000)), (2001, 100, (2000, 100)), (9000, 3, (2000, 1)),
     (2000, 2000, (2000, 2000)), (7, 5, (7, 5))],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longest_side_is_bounded_and_nothing_grows(
    store: PhotoStore, width: int, height: int, becomes: tuple[int, int], kind: str
) -> None:
    photo, image, _ = kept(store, files.saved(files.scene(width, height), kind))
    assert image.size == becomes
    assert photo.preview is not None
    preview = files.opened(store.blobs.get(photo.preview) or b"")
    assert max(preview.size) == min(320, max(becomes))


def test_colours_of_another_profile_come_to_srgb(store: PhotoStore) -> None:
    """A profile whose red is our green, so that a conversion cannot be missed."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    swapped = bytearray(profile.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be")))
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    for kind in ("JPEG", "PNG", "WEBP"):
        _, image, stored = kept(store, files.saved(files.scene(), kind, icc_profile=bytes(swapped)))
        assert near(image, 0.1, 0.8, (20, 200, 20)), kind
        assert set(files.markers(stored)) == PLAIN
        _, image, _ = kept(store, files.saved(files.scene(), kind, icc_profile=files.display_p3_like()))
        assert is_the_scene(image), "a profile that does not fit changes nothing"


def test_nothing_but_pixels_is_left(store: PhotoStore) -> None:
    marks = {"Make": files.SECRET.decode()}
    written = files.exif(gps=files.gps(), **marks)
    content = files.jpeg(exif=written, comment=files.SECRET, xmp=b"<x:xmpmeta>" + files.SECRET, dpi=(300, 300))
    content = files.with_segment(content, 0xED, b"Photoshop 3.0\0" + files.SECRET) + b"PK\x03\x04" + files.SECRET
    photo, _, stored = kept(store, content)
    preview = store.blobs.get(photo.preview or "") or b""
    for one in (stored, preview):
        assert set(files.markers(one)) == PLAIN
        assert files.SECRET not in one
        assert b"PK\x03\x04" not in one
        assert "dpi" not in files.opened(one).info
    assert (photo.latitude, photo.longitude) == (files.LATITUDE, files.LONGITUDE)


def test_a_comment_in_a_png_becomes_none_of_the_jpeg(store: PhotoStore) -> None:
    text = PngInfo()
    text.add_text("comment", files.SECRET.decode())
    _, _, stored = kept(store, files.png(pnginfo=text))
    assert set(files.markers(stored)) == PLAIN


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_the_position_is_read_from_every_kind(store: PhotoStore, kind: str) -> None:
    written = files.exif(gps=files.gps())
    content = files.heic(exif=written.tobytes()) if kind == "HEIF" else files.saved(files.scene(), kind, exif=written)
    assert files.SECRET in content
    photo, _, stored = kept(store, content)
    assert (photo.latitude, photo.longitude) == (files.LATITUDE, files.LONGITUDE)
    assert files.SECRET not in stored


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_of_half_a_photo_that_half_is_kept(store: PhotoStore, share: float) -> None:
    for whole in (files.jpeg(files.noise(640, 480)), files.png(files.noise(640, 480))):
        photo, image, _ = kept(store, whole[: int(share * len(whole))])
        assert photo.width == 640
        assert share - 0.15 < photo.height / 480 <= share + 0.05
        last = image.crop((0, image.height - 2, 640, image.height)).convert("L").getextrema()
        assert last[1] > 30, "the black of what is missing is cut off"  # type: ignore[operator]


def test_an_unfinished_progressive_photo_is_whole_but_blurred(store: PhotoStore) -> None:
    whole = files.jpeg(files.noise(640, 480), progressive=True)
    photo, _, _ = kept(store, whole[: len(whole) // 2])
    assert (photo.width, photo.height) == (640, 480)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"\xff\xd8\xff", "unreadable"),
        (b"\xff\xd8\xff\xe0", "unreadable"),
        (files.jpeg()[:300], "unreadable"),
        (files.jpeg(files.noise(640, 480))[:2000], "unreadable"),
        (files.png()[:40], "unreadable"),
        (files.webp()[:60], "unreadable"),
        (files.heic()[:200], "unreadable"),
        (files.heic()[:-400], "unreadable"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unsupported_type"),
        (b"<?xml version='1.0'?><svg/>", "unsupported_type"),
        (b"%PDF-1.7 ...", "unsupported_type"),
        (b"MZ\x90\0 this program", "unsupported_type"),
        (b"\x7fELF", "unsupported_type"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "unsupported_type"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "unsupported_type"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "unsupported_type"),
        (files.saved(files.scene(), "GIF"), "unsupported_type"),
        (files.saved(files.scene(), "TIFF"), "unsupported_type"),
        (files.saved(files.scene(), "BMP"), "unsupported_type"),
        (b"a photo, honestly", "unsupported_type"),
        (files.png_of(20_000, 20_000), "too_many_pixels"),
        (files.png_of(2**31 - 1, 1), "too_many_pixels"),
        (files.png_of(0, 10), "unreadable"),
        (files.saying(files.jpeg(), 60_000, 60_000), "too_many_pixels"),
        (files.saying(files.jpeg(progressive=True), 9_000, 8_000), "too_many_pixels"),
        (files.saying(files.jpeg(), 0, 100), "unreadable"),
        (files.webp(Image.new("RGB", (4100, 4000))), "too_many_pixels"),
        (b"\xff\xd8\xff" + bytes(10_000_000 - 2), "too_large"),
        (b"\xff\xd8\xff" + bytes(9_000_000), "unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_with_its_reason(store: PhotoStore, content: bytes, code: str) -> None:
    assert refused(store, content) == code


def test_a_heic_of_too_many_pixels_is_refused_before_it_is_decoded(store: PhotoStore) -> None:
    content = files.heic(files.scene(64, 64))
    at = content.index(b"ispe") + 8
    bomb = content[:at] + (30_000).to_bytes(4, "big") * 2 + content[at + 8 :]
    assert refused(store, bomb) == "too_many_pixels"


def test_a_photo_with_a_hundred_million_pixels_is_kept(store: PhotoStore) -> None:
    """The biggest that phones make, in a file that is small enough."""
    photo, _, _ = kept(store, files.jpeg(Image.new("L", (12_000, 9_000), 90), quality=30))
    assert (photo.width, photo.height) == (2000, 1500)


def test_a_jpeg_of_a_thousand_scans_is_refused(store: PhotoStore) -> None:
    whole = files.jpeg(files.scene(800, 600), progressive=True)
    scan = whole.rindex(b"\xff\xda")
    assert refused(store, whole[:-2] + whole[scan:-2] * 200 + b"\xff\xd9") == "unreadable"


def test_sentences_are_for_people() -> None:
    for sentence in SENTENCES.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert set(SENTENCES) == {"too_large", "too_many", "unsupported_type", "unreadable", "too_many_pixels"}


def test_names_and_types_are_never_asked(store: PhotoStore) -> None:
    """A HEIC that calls itself JPEG: only the bytes come in here, so nothing can be believed."""
    options: dict[str, Any] = {"quality": 50}
    assert is_the_scene(kept(store, files.heic(**options))[1])
