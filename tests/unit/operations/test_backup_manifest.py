"""What an archive says of itself, and why it may not fit."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from services.operations.backup import manifest as manifests
from services.operations.backup.manifest import Manifest, Part, Unreadable, key_name, misfits

KEYS = {"content_keys": ("c" * 40, "d" * 40), "contact_keys": ("k" * 40,), "contact_pepper": ("p" * 40,)}
SCHEMAS = {"intake": frozenset({"intake_0001", "intake_0002"}), "desk": frozenset({"desk_0001"})}
CITY = ("Kota Cimahi", "32.77")


def made(**changes: object) -> Manifest:
    manifest = Manifest(
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        product="1.0",
        database="sqlite",
        city=CITY[0],
        city_code=CITY[1],
        pack="0" * 64,
        schemas={"intake": "intake_0001", "desk": "desk_0001"},
        counts={"intake": {"complaints": 3}},
        keys={kind: [key_name(key) for key in keys] for kind, keys in KEYS.items()},
        parts=(Part("intake.db.gz", 3, "ab"),),
    )
    manifest = dataclasses.replace(manifest, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(manifest, signature=manifests.sign(manifest, KEYS["content_keys"][0]))


def why(manifest: Manifest, **here: object) -> str:
    given: dict[str, object] = {"database": "sqlite", "city": CITY, "known_schemas": SCHEMAS, "keys": KEYS, **here}
    return "\n".join(misfits(manifest, **given))  # type: ignore[arg-type]


def test_what_was_written_is_read() -> None:
    manifest = made()
    content = manifests.write(manifest, KEYS["content_keys"][0])
    assert manifests.read(content) == manifest
    assert manifests.read(content).signature == manifest.signature
    assert not [key for keys in KEYS.values() for key in keys if key in content.decode()], "no key is in it"


def test_an_archive_fits_where_it_was_made_and_where_programs_are_newer() -> None:
    assert why(made()) == ""
    assert why(made(schemas={"intake": "intake_0002", "desk": "desk_0001"})) == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"database": "postgresql"}, "it holds postgresql databases, and here are sqlite ones"),
        ({"city": "Kota Surabaya", "city_code": "35.78"}, "it is of Kota Surabaya (35.78)"),
        ({"schemas": {"intake": "intake_0009", "desk": "desk_0001"}}, "restore with that or a newer one"),
        ({"schemas": {"desk": "desk_0001"}}, "the schema of intake is missing"),
    ],
)
def test_what_does_not_fit_is_a_sentence(changes: dict[str, object], sentence: str) -> None:
    assert sentence in why(made(**changes))


def test_keys_that_are_lost_are_named_and_may_be_done_without() -> None:
    for kind in KEYS:
        here = {**KEYS, kind: ("x" * 40,)}
        assert f"{kind} is not among those here" in why(made(), keys=here)
        assert why(made(), keys=here, without_keys=True) == ""
    assert "1 of its 2 content_keys" in why(made(), keys={**KEYS, "content_keys": ("c" * 40,)})


def test_newer_keys_beside_the_old_ones_do_no_harm() -> None:
    assert why(made(), keys={**KEYS, "content_keys": ("new" * 20, *KEYS["content_keys"])}) == ""


def test_a_manifest_that_was_changed_is_refused() -> None:
    document = json.loads(manifests.write(made(), KEYS["content_keys"][0]))
    document["parts"][0]["sha256"] = "cd"
    assert "changed after it was made" in why(manifests.read(json.dumps(document).encode()))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 2, "parts": []}', b'{"format": 1, "parts": [1]}'])
def test_a_manifest_that_is_none_cannot_be_read(content: bytes) -> None:
    with pytest.raises(Unreadable):
        manifests.read(content)
