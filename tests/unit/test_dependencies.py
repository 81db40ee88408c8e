"""What the product is built from: pinned by hashes, listed with licences, and told to machines."""

import hashlib
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.support import licences, sbom
from tests.support.locks import DEVELOPMENT, ROOT, RUNTIME, Pinned, read_lock


@pytest.mark.parametrize("path", [RUNTIME, DEVELOPMENT], ids=lambda path: path.stem)
def test_every_package_has_one_version_and_the_hashes_of_its_files(path: Path) -> None:
    lock = read_lock(path)
    assert len(lock) > 50
    assert all(pinned.hashes for pinned in lock)
    assert "--require-hashes -r /build/requirements.lock" in (ROOT / "deploy/Dockerfile").read_text()


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    assert set(read_lock(RUNTIME)) <= set(read_lock(DEVELOPMENT))


@pytest.mark.parametrize(
    "line",
    [
        "flask>=3",
        "flask==3.1.3",
        "evil @ https://example.org/evil.whl",
        "--extra-index-url https://example.org",
        "-e .",
    ],
)
def test_a_line_that_lets_in_anything_else_is_seen(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.lock"
    path.write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"a\.lock"):
        read_lock(path)


def test_the_table_of_licences_is_that_of_the_lock() -> None:
    rows = licences.ROW.findall(licences.PAGE.read_text())
    listed = [(name, version) for name, version, _ in rows]
    assert listed == [(pinned.name, pinned.version) for pinned in read_lock(RUNTIME)], "run make licences"
    assert not [name for name, _, told in rows if told == "not said"]


def test_licences_that_bind_who_passes_it_on_are_explained() -> None:
    page = licences.PAGE.read_text()
    explained = page[: page.index("## All packages")]
    bound = [name for name, _, told in licences.ROW.findall(page) if "GPL" in told or "MPL" in told]
    assert {"psycopg", "pillow-heif"} <= set(bound)
    assert not [name for name in bound if f"`{name}`" not in explained]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("License", "Apache 2.0")], "Apache-2.0"),
        ([("License", "Copyright 2010\nRedistribution and use in source and binary forms")], "not said"),
        ([("License", "x" * 99), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([], "not said"),
    ],
)
def test_a_package_says_its_licence_in_one_of_three_places(fields: list[tuple[str, str]], told: str) -> None:
    said = Message()
    for name, value in fields:
        said.add_header(name, value)
    assert licences.licence(said) == told  # type: ignore[arg-type]


def test_writing_the_table_anew_leaves_the_words_around_it() -> None:
    page = licences.PAGE.read_text()
    short = licences.written(page, ["| `a` | 1 | MIT |\n"])
    assert licences.ROW.findall(short) == [("a", "1", "MIT")]
    assert licences.written(short, ["| `b` | 2 | MIT |\n"]).startswith(page[: page.index("| package | locked")])


def component(name: str, version: str = "1") -> dict[str, Any]:
    return {"bom-ref": f"{name}=={version}", "name": name, "version": version, "type": "library"}


DIGEST = hashlib.sha256(b"a file").hexdigest()
LOCK = [Pinned("flask-wtf", "1", "", (DIGEST,)), Pinned("flask", "1", "", (DIGEST,)), Pinned("x", "1", "on y", ())]


def environment(*components: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": list(components),
        "dependencies": [
            {"ref": "Flask-WTF==1", "dependsOn": ["Flask==1", "pytest==1"]},
            {"ref": "pytest==1"},
            {"ref": "root"},
        ],
    }


def test_the_bill_holds_what_is_locked_and_no_tool() -> None:
    seen = environment(component("Flask-WTF"), component("Flask"), component("pytest"))
    bill = sbom.pruned(seen, LOCK, {"flask-wtf"})
    assert [one["name"] for one in bill["components"]] == ["Flask-WTF", "Flask"]
    assert bill["dependencies"] == [
        {"ref": "Flask-WTF==1", "dependsOn": ["Flask==1"]},
        {"ref": "root", "dependsOn": ["Flask-WTF==1"]},
    ]
    assert bill["components"][0]["externalReferences"][0]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert sbom.missing(bill, LOCK) == []


def test_an_environment_of_another_lock_makes_no_bill() -> None:
    bill = sbom.pruned(environment(component("Flask", "2"), component("Flask-WTF")), LOCK, set())
    assert sbom.missing(bill, LOCK) == ["flask==1"]


def test_the_product_itself_needs_what_its_project_names() -> None:
    direct = sbom.direct_names()
    assert {"psycopg", "google-re2", "flask"} <= direct
    assert direct <= {pinned.name for pinned in read_lock(RUNTIME)}
