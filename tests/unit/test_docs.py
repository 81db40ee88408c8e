"""Docs are checked against the code that they describe."""

import re
from pathlib import Path

from shared.messaging.topology import QUEUES, SAYS

ROOT = Path(__file__).parents[2]


def test_the_journey_names_who_says_and_hears_what() -> None:
    text = (ROOT / "docs/journey.md").read_text()
    rows = re.findall(r"^\| `([a-z.-]+\.v\d)` \| (\w+) \| ([\w, ]+) \|$", text, re.MULTILINE)
    documented = {key: (said, set(heard.split(", "))) for key, said, heard in rows}
    real = {
        key: (owner, {queue.owner for queue in QUEUES if key in queue.keys})
        for owner, keys in SAYS.items()
        for key in keys
    }
    assert documented == real


def test_every_path_that_docs_name_exists() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for name in re.findall(r"`((?:services|shared|tests|deploy|docs)/[\w./-]+)`", document.read_text()):
            assert (ROOT / name).exists(), f"{document.name} names {name}"


def test_the_readme_names_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z0-9-]+)", (ROOT / "README.md").read_text()))
    assert named <= targets, named - targets
