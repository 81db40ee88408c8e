"""The catalogues of intake's pages against their sources. As a program it brings them up to date.

`python -m tests.support.catalogue` writes every catalogue anew: what is new stays untranslated and says so, what is no
longer said goes, and the compiled file follows.
"""

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from services.intake.photos.refusals import SENTENCES as PHOTO_SENTENCES
from services.intake.web.pages import TRANSLATIONS
from shared.web.errors import SENTENCES as ERROR_SENTENCES

INTAKE = TRANSLATIONS.parent
_KEYWORDS = {"_": None, "gettext": None, "sentence": None}
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"trimmed": "false"}}


def sources() -> dict[str, list[tuple[str, int]]]:
    """Every sentence that a page may say, with where it stands."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, line, message, *_ in extract_from_dir(str(INTAKE), _METHODS, _OPTIONS, keywords=_KEYWORDS):
        assert isinstance(message, str), f"{name}:{line} has plural forms"
        found.setdefault(message, []).append((f"services/intake/{name}", line))
    for spoken in (*PHOTO_SENTENCES.values(), *ERROR_SENTENCES.values()):
        found.setdefault(spoken, [])
    return found


def languages() -> list[str]:
    return sorted(path.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES"))


def po_file(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(language: str) -> dict[str, str]:
    with po_file(language).with_suffix(".mo").open("rb") as file:
        return said(read_mo(file))


def said(catalogue: Catalog) -> dict[str, str]:
    """What a catalogue says, by its source; without its header, and without what is not certain yet."""
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def write_anew(language: str) -> int:
    """How many sentences still lack a translation."""
    known = said(read_catalogue(language)) if po_file(language).exists() else {}
    catalogue = Catalog(locale=language, project="Tanggap", charset="utf-8", fuzzy=False)
    for source, places in sorted(sources().items()):
        catalogue.add(source, known.get(source, ""), locations=[(name, 0) for name in sorted({n for n, _ in places})])
    text = io.BytesIO()
    write_po(text, catalogue, omit_header=False, include_lineno=False, width=110, sort_output=True)
    lines = [line for line in text.getvalue().decode().splitlines() if not line.startswith(_UNSTABLE)]
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    with po_file(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, read_catalogue(language))
    return len(sources()) - len(said(read_catalogue(language)))


# Dates and people in the header would change the file whenever it is written.
_UNSTABLE = (
    '"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team', '"Report-Msgid', '"Generated-By',
    '"Project-Id', "# Translations template", "# Copyright", "# This file", "# FIRST AUTHOR", "#, fuzzy",
)  # fmt: skip


if __name__ == "__main__":
    missing = {language: write_anew(language) for language in [*languages(), *sys.argv[1:]]}
    print("; ".join(f"{language}: {number} to translate" for language, number in missing.items()))
