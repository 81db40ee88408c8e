"""Position and orientation out of EXIF data, written by Pillow's own writer, by hand, or by somebody who means ill."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.photos.exif import Exif, read_exif
from tests.support import photo_files as files


def read(**written: Any) -> Exif:
    return read_exif(files.exif(**written).tobytes())


@given(
    st.floats(-90, 90, allow_nan=False).filter(lambda value: abs(value) > 0.001),
    st.floats(-180, 180, allow_nan=False),
)
def test_any_position_comes_back(latitude: float, longitude: float) -> None:
    found = read(gps=files.gps(latitude, longitude))
    assert found.latitude == pytest.approx(latitude, abs=2e-6)
    assert found.longitude == pytest.approx(longitude, abs=2e-6)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_both_orders_of_bytes_are_read(order: str, prefix: bytes) -> None:
    found = read_exif(prefix + tiff(order, [(0x0112, 3, 1, struct.pack(order + "HH", 6, 0))]))
    assert found == Exif(orientation=6)


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {1: "N", 2: (6.0, 53.0, 3.0)},
        {1: "N", 3: "E"},
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (107.0, 32.0, 33.0)},
        {1: "N", 2: (6.0, 53.0, 3.0), 3: "E", 4: (180.0, 0.0, 1.0)},
        {1: "N", 2: (6.0, 61.0, 3.0), 3: "E", 4: (107.0, 32.0, 33.0)},
        {1: "N", 2: (6.0, 53.0, 61.0), 3: "E", 4: (107.0, 32.0, 33.0)},
        {1: "X", 2: (6.0, 53.0, 3.0), 3: "E", 4: (107.0, 32.0, 33.0)},
        {1: "E", 2: (6.0, 53.0, 3.0), 3: "N", 4: (107.0, 32.0, 33.0)},
        {1: "", 2: (6.0, 53.0, 3.0), 3: "E", 4: (107.0, 32.0, 33.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (6.0, 53.0), 3: "E", 4: (107.0, 32.0)},
    ],
)
def test_a_position_that_cannot_be_is_none(gps: dict[int, Any]) -> None:
    assert read(gps=gps) == Exif()


@pytest.mark.parametrize(
    ("type_", "numbers", "latitude"),
    [
        (5, (6, 1, 53, 1, 3, 1), 6.884167),
        (5, (6, 1, 53, 0, 3, 1), None),
        (5, (0, 0, 0, 0, 0, 0), None),
        (5, (2**32 - 1, 1, 0, 1, 0, 1), None),
        (2, (6, 1, 53, 1, 3, 1), None),
        (10, (6, 1, 53, 1, 3, 1), None),
    ],
)
def test_a_fraction_of_nothing_is_no_position(type_: int, numbers: tuple[int, ...], latitude: float | None) -> None:
    where = 8 + 2 + 12 + 4
    main = tiff("<", [(0x8825, 4, 1, struct.pack("<I", where))])
    values = where + 2 + 4 * 12 + 4
    entries = [(1, 2, 2, b"N\0\0\0"), (2, type_, 3, struct.pack("<I", values)), (3, 2, 2, b"E\0\0\0")]
    entries.append((4, 5, 3, struct.pack("<I", values + 24)))
    second = tiff("<", entries)[8:]
    found = read_exif(main + second + struct.pack("<6I", *numbers) + struct.pack("<6I", 107, 1, 32, 1, 33, 1))
    assert found.latitude == latitude


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    assert read(orientation=orientation).orientation == 1


@pytest.mark.parametrize(
    "data",
    [
        b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"XX*\0\0\0\0\x08",
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0",
    ],
)  # fmt: skip
def test_what_is_broken_says_nothing(data: bytes) -> None:
    assert read_exif(data) == Exif()


def test_a_directory_that_names_itself_is_read_once() -> None:
    here = tiff("<", [(0x8825, 4, 1, struct.pack("<I", 8))])
    assert read_exif(here) == Exif()


@given(st.binary(max_size=200), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]))
def test_no_bytes_make_it_raise(data: bytes, start: bytes) -> None:
    found = read_exif(start + data)
    assert found.orientation in range(1, 9)


@given(st.data())
def test_no_change_of_good_data_makes_it_raise_or_lie(data: st.DataObject) -> None:
    good = bytearray(files.exif(orientation=6, gps=files.gps()).tobytes())
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    found = read_exif(bytes(good[: data.draw(st.integers(0, len(good)))]))
    if found.latitude is not None and found.longitude is not None:
        assert -90 <= found.latitude <= 90
        assert -180 <= found.longitude <= 180
    assert (found.latitude is None) == (found.longitude is None)


def tiff(order: str, entries: list[tuple[int, int, int, bytes]]) -> bytes:
    start = b"II*\0" if order == "<" else b"MM\0*"
    packed = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return start + struct.pack(order + "IH", 8, len(entries)) + packed + bytes(4)
