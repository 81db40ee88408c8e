"""The catalogues of the pages against their sources. As a program it brings them up to date.

`python -m tests.support.catalogue [LANGUAGE…]` writes every catalogue anew: known translations stay, what is no longer
said goes, what is new stays untranslated and is printed, and the compiled file follows. A language named here is begun
for every service.
"""

import io
import re
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from services.intake.photos.refusals import SENTENCES as PHOTO_SENTENCES
from shared.web.errors import SENTENCES as ERROR_SENTENCES

ROOT = Path(__file__).parents[2]
_KEYWORDS = {"_": None, "gettext": None, "sentence": None}
_SAYS = re.compile(r"\b(?:_|gettext|sentence)\(")
_METHODS = {".html": "jinja2", ".py": "python"}
_OPTIONS = {"trimmed": "false"}

Sources = dict[str, list[str]]


@dataclass(frozen=True)
class Pages:
    """The pages of one service, which lie in `folder`. `more` are sentences that its program finds by a code."""

    folder: Path
    more: Mapping[Any, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.folder.name

    @property
    def translations(self) -> Path:
        return self.folder / "translations"

    def sources(self) -> Sources:
        """Every sentence that a page may say, with the files where it stands."""
        found = _said_in(self.folder, f"services/{self.service}")
        for source, places in _said_in(ROOT / "shared", "shared").items():
            found.setdefault(source, []).extend(places)
        for spoken in (*self.more.values(), *ERROR_SENTENCES.values()):
            found.setdefault(spoken, [])
        return found

    def languages(self) -> list[str]:
        return sorted(path.parent.name for path in self.translations.glob("*/LC_MESSAGES"))

    def po_file(self, language: str) -> Path:
        return self.translations / language / "LC_MESSAGES" / "messages.po"

    def read(self, language: str) -> Catalog:
        with self.po_file(language).open("rb") as file:
            return read_po(file, locale=language)

    def compiled(self, language: str) -> dict[str, str]:
        with self.po_file(language).with_suffix(".mo").open("rb") as file:
            return said(read_mo(file))

    def write_anew(self, language: str, new: Mapping[str, str] | None = None) -> list[str]:
        """What still lacks a translation. `new` are translations to take in, by source."""
        sources = self.sources()
        known = said(self.read(language)) if self.po_file(language).exists() else {}
        known |= new or {}
        catalogue = Catalog(locale=language, project="Tanggap", charset="utf-8", fuzzy=False)
        for source, places in sorted(sources.items()):
            catalogue.add(source, known.get(source, ""), locations=[(name, 0) for name in sorted(set(places))])
        text = io.BytesIO()
        write_po(text, catalogue, omit_header=False, include_lineno=False, width=110, sort_output=True)
        lines = [line for line in text.getvalue().decode().splitlines() if not line.startswith(_UNSTABLE)]
        self.po_file(language).parent.mkdir(parents=True, exist_ok=True)
        self.po_file(language).write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
        written = self.read(language)
        with self.po_file(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, written)
        return sorted(set(sources) - set(said(written)))


ALL = {"intake": Pages(ROOT / "services" / "intake", PHOTO_SENTENCES), "desk": Pages(ROOT / "services" / "desk")}


def said(catalogue: Catalog) -> dict[str, str]:
    """What a catalogue says, by its source; without its header, and without what is not certain yet."""
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def _said_in(folder: Path, written: str) -> Sources:
    """`written` is what the catalogue calls the folder."""
    found: Sources = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _METHODS):
        if not _SAYS.search(path.read_text(encoding="utf-8")):
            continue  # most programs say nothing to people
        name = f"{written}/{path.relative_to(folder).as_posix()}"
        with redirect_stderr(io.StringIO()):  # it tells of f-strings among the values; page_texts.py finds other ones
            messages = extract_from_file(_METHODS[path.suffix], path, keywords=_KEYWORDS, options=_OPTIONS)
        for line, message, *_ in messages:
            assert isinstance(message, str), f"{name}:{line} has plural forms"
            found.setdefault(message, []).append(name)
    return found


# Dates and people in the header would change the file whenever it is written.
_UNSTABLE = (
    '"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team', '"Report-Msgid', '"Generated-By',
    '"Project-Id', "# Translations template", "# Copyright", "# This file", "# FIRST AUTHOR", "#, fuzzy",
)  # fmt: skip


def main() -> None:
    for pages in ALL.values():
        for language in sorted({*pages.languages(), *sys.argv[1:]}):
            missing = pages.write_anew(language)
            print(f"{pages.service} {language}: {len(missing)} to translate")
            for source in missing:
                print(f"  {source!r}")


if __name__ == "__main__":
    main()
