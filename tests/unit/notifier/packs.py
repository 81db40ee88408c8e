"""The city's own pack and wording, and every message of it, for tests that look at what is written."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from services.notifier.delivery import kind_of_message
from services.notifier.writing.compose import Composer
from services.notifier.writing.preview import said
from services.notifier.writing.specimens import Story, specimen_composer, specimens
from shared.city import CityPack
from shared.citypack import load_pack
from shared.wording import Wordings, load_wordings

FOLDER = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"
LANGUAGES = ("id", "en")


@functools.cache
def cimahi() -> CityPack:
    return load_pack(FOLDER)


@functools.cache
def cimahi_wordings() -> Wordings:
    return load_wordings(FOLDER / "wording", LANGUAGES)


@functools.cache
def cimahi_composer() -> Composer:
    return specimen_composer(cimahi(), cimahi_wordings())


def written(story: Story) -> Iterator[tuple[str, str, tuple[str, str, str]]]:
    """(message, channel, (subject, text, HTML)) of everything that is said about the story's complaint."""
    for specimen in specimens(story):
        for channel in specimen.channels:
            yield kind_of_message(specimen.delivery.message), channel, said(cimahi_composer(), specimen, channel)
