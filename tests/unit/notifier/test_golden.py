"""Every message as it reads, kept as a file: a change of wording is seen as what people will read.

To write them anew: `python -m tests.unit.notifier.test_golden --write`
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.notifier.writing.specimens import Story
from shared.contracts.fields import IDENTITIES
from tests.unit.notifier.packs import LANGUAGES, written

GOLDEN = Path(__file__).parent / "golden"
HTML = "\n---- HTML ----\n"


def every() -> dict[str, str]:
    """What is written, by the name of its file."""
    return {
        f"{message}.{channel}.{identity}.{language}.txt": _page(*parts)
        for language in LANGUAGES
        for identity in IDENTITIES
        for message, channel, parts in written(Story(identity=identity, language=language))
    }


def _page(subject: str, text: str, html: str) -> str:
    heading = f"{subject}\n\n" if subject else ""
    return f"{heading}{text}\n" + (f"{HTML}{html}\n" if html else "")


NOW = every()


@pytest.mark.parametrize("name", sorted(NOW))
def test_it_reads_as_it_was_looked_at(name: str) -> None:
    assert NOW[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(NOW)


def write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for name, page in NOW.items():
        (GOLDEN / name).write_text(page, encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    write()
