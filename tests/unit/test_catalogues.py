"""The catalogues of the pages are whole: every sentence that a page may say, in every language that is there."""

import re
from pathlib import Path

import pytest

from shared.web.languages import available
from tests.support.catalogue import ALL, Pages, said

PLACE = re.compile(r"%\((\w+)\)s")
OF_SCRIPTS = re.compile(r"\{\w+\}")
TAG = re.compile(r"</?\w+[^>]*>")
WRITE = "run: python -m tests.support.catalogue; translate what it prints; run it again"
EVERY = [(pages, language) for pages in ALL.values() for language in pages.languages()]


@pytest.mark.parametrize("service", ALL)
def test_english_is_there_and_each_language_names_itself(service: str) -> None:
    known = available(ALL[service].translations)
    assert [(one.code, one.name) for one in known][:2] == [("id", "Indonesia"), ("en", "English")]
    assert [one.code for one in known] == ["id", *ALL[service].languages()]


every = pytest.mark.parametrize(
    ("pages", "language"), [pytest.param(*one, id=f"{one[0].service} {one[1]}") for one in EVERY]
)


@every
def test_no_sentence_lacks_a_translation_and_none_is_left_over(pages: Pages, language: str) -> None:
    translations, sources = set(said(pages.read(language))), set(pages.sources())
    assert sources - translations == set(), WRITE
    assert translations - sources == set(), WRITE


@every
def test_the_compiled_one_says_what_its_source_says(pages: Pages, language: str) -> None:
    assert pages.compiled(language) == said(pages.read(language)), WRITE


@every
def test_translations_keep_the_places_for_values(pages: Pages, language: str) -> None:
    for source, translation in said(pages.read(language)).items():
        assert sorted(PLACE.findall(source)) == sorted(PLACE.findall(translation)), source
        assert sorted(OF_SCRIPTS.findall(source)) == sorted(OF_SCRIPTS.findall(translation)), source
        assert sorted(TAG.findall(source)) == sorted(TAG.findall(translation)), source
        assert translation.replace(translation.strip(), "") == source.replace(source.strip(), ""), source
        assert "%" not in PLACE.sub("", translation), source


def test_writing_anew_keeps_what_is_known_and_tells_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ _('Masuk') }} {{ _('Keluar') }}")
    pages = Pages(tmp_path)
    assert "Keluar" in pages.write_anew("en", {"Masuk": "Log in", "Hilang": "Gone"})
    assert "Masuk" not in pages.write_anew("en")
    assert pages.compiled("en") == {"Masuk": "Log in"}
