"""Exchanging what is there for what was restored: all of it or nothing, on a disk of its own too."""

from pathlib import Path

import pytest

from services.operations.backup.places import Exchange, is_mounted

DISK_OR_NOT = pytest.mark.parametrize("is_disk", [False, True], ids=["folder", "disk"])


def filled(place: Path, **contents: str) -> Path:
    for name, content in contents.items():
        (place / name).mkdir(parents=True, exist_ok=True)
        (place / name / "file").write_text(content)
    return place


def seen(place: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text() for path in sorted(place.rglob("file"))}


def exchange_of(place: Path, *, is_disk: bool) -> Exchange:
    return Exchange(lambda path: is_disk and path == place)


@DISK_OR_NOT
def test_the_new_takes_the_place_of_the_old(tmp_path: Path, is_disk: bool) -> None:
    place = filled(tmp_path / "attachments", aa="old", bb="old")
    before = place.stat().st_ino
    made = exchange_of(place, is_disk=is_disk)
    fresh = made.new(place)
    fresh.mkdir()
    filled(fresh, bb="new", cc="new")
    assert seen(place)["aa"] == "old"
    made.done()
    made.clear()
    assert seen(place) == {"bb": "new", "cc": "new"}
    assert (place.stat().st_ino == before) is is_disk, "a disk stays where it is"
    assert not [path for path in tmp_path.rglob(".*")]


@DISK_OR_NOT
def test_what_was_there_is_there_when_it_fails_in_the_middle(tmp_path: Path, is_disk: bool) -> None:
    """The second place has nothing to put there."""
    place = filled(tmp_path / "attachments", aa="old", bb="old")
    made = exchange_of(place, is_disk=is_disk)
    fresh = made.new(place)
    fresh.mkdir()
    filled(fresh, aa="new")
    made.new(tmp_path / "never made")
    with pytest.raises(OSError, match="never made"):
        made.done()
    made.clear()
    assert seen(place) == {"aa": "old", "bb": "old"}


@DISK_OR_NOT
def test_what_was_not_used_is_cleared_away(tmp_path: Path, is_disk: bool) -> None:
    place = filled(tmp_path / "attachments", aa="old")
    made = exchange_of(place, is_disk=is_disk)
    filled(made.new(place), bb="new")
    made.clear()
    assert seen(tmp_path) == {"aa": "old"}


def test_a_mounted_folder_is_known_as_one(tmp_path: Path) -> None:
    assert is_mounted(Path("/proc"))
    assert not is_mounted(tmp_path)
    assert not is_mounted(tmp_path / "nothing here")


def test_a_place_that_was_not_there_is_made(tmp_path: Path) -> None:
    made = Exchange()
    filled(made.new(tmp_path / "data" / "attachments"), aa="new")
    made.done()
    assert seen(tmp_path / "data" / "attachments") == {"aa": "new"}
