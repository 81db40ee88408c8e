"""Whatever a page says is marked for translation: nothing is skipped, whoever wrote the page."""

from pathlib import Path

import pytest

from tests.support.page_texts import (
    templates,
    unmarked_in_program,
    unmarked_in_script,
    unmarked_in_template,
)

SERVICES = Path(__file__).parents[2] / "services"
DESK, INTAKE = SERVICES / "desk", SERVICES / "intake"
IN_TEMPLATE = "write {{ _('…') }} (with values: _('… %(name)s', name=x)), then python -m tests.support.catalogue"
IN_PROGRAM = "write sentence('…', name=x) of shared/sentences.py, then python -m tests.support.catalogue"
IN_SCRIPT = "let the template hand it over: data-words=\"{{ _('…') }}\""

ALWAYS_INDONESIAN = {
    "desk/publishing/personal.py": "what it writes for the public in place of what tells who somebody is",
    "desk/publishing/suggestion.py": "the words in which the city itself tells the public of a complaint",
}
"""Programs whose texts are the city's own and are read by all in one language, each with its reason."""


def relative(path: Path) -> str:
    return path.relative_to(SERVICES).as_posix()


@pytest.mark.parametrize("path", [*templates(DESK), *templates(INTAKE)], ids=relative)
def test_every_text_of_a_template_is_marked(path: Path) -> None:
    assert unmarked_in_template(path.read_text(encoding="utf-8")) == [], IN_TEMPLATE


@pytest.mark.parametrize(
    "path", [path for path in sorted(DESK.rglob("*.py")) if relative(path) not in ALWAYS_INDONESIAN], ids=relative
)
def test_every_sentence_of_the_desk_s_programs_is_marked(path: Path) -> None:
    assert unmarked_in_program(path.read_text(encoding="utf-8")) == [], IN_PROGRAM


@pytest.mark.parametrize("path", sorted((DESK / "static").rglob("*.js")), ids=relative)
def test_scripts_bring_no_words_of_their_own(path: Path) -> None:
    assert unmarked_in_script(path.read_text(encoding="utf-8")) == [], IN_SCRIPT


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Kotak masuk</p>", ["Kotak masuk"]),
        ("<p>{{ _('Kotak masuk') }} · {{ number }}:</p>", []),
        ("<p>{% if a %}ya{% elif b %}mungkin{% else %}tidak{% endif %}</p>", ["ya mungkin tidak"]),
        ("<p>{{ 'ya' if a else _('tidak') }}</p>", ["ya"]),
        ("<p>{{ {1: 'satu'}.get(x, 'banyak') }}</p>", ["satu banyak"]),
        ("<p>{{ x or 'kosong' }}{{ x ~ ' hari' }}{{ x | default('nihil') }}</p>", ["hari nihil kosong"]),
        ("<input placeholder='cari'><img alt='{{ _('foto') }}'>", ["cari"]),
        ("<input type='submit' value='Kirim'><input value='kode'>", ["Kirim"]),
        ("<p class=\"{{ 'wrong' if a }}\" data-kind='rule'>{{ wording.STATES['open'] }}</p>", []),
        ("<a href=\"{{ url_for('case.show', act='replay') }}\">Tanggap</a>", []),
        ("{{ item('see_cases', 'Kotak masuk') }}", ["Kotak masuk"]),
        ("{% set label = 'Serahkan' %}<b>{{ label }}</b>", ["Serahkan"]),
        ("{% macro a(x='Pilih satu') %}<i title='tentang'>{{ x }}</i>{% endmacro %}", ["Pilih satu", "tentang"]),
        ("<code>tanggap pack import</code><p placeholder='rules/taman.yaml'>{{ '%.5f' % x }}</p>", []),
        ("{% macro id(a) %}{% if a %}contact-reason{% else %}-{{ a }}{% endif %}{% endmacro %}", []),
        ("{% macro a(b) %}belum dibaca{% endmacro %}", ["belum dibaca"]),
        ("{% for a in b %}<li>baris</li>{% else %}kosong{% endfor %}", ["baris", "kosong"]),
    ],
)
def test_what_is_not_marked_is_found(source: str, found: list[str]) -> None:
    assert [" ".join(sorted(one.split())) for one in unmarked_in_template(source)] == [
        " ".join(sorted(one.split())) for one in found
    ]


def test_what_a_program_says_without_a_mark_is_found() -> None:
    program = '''
"""Dokumen ini tidak dihitung."""
TOLD = "Laporan ini sudah ditutup."
SAID = sentence("Laporan ini sudah dibuka.")
def say(name: str) -> str:
    """Juga ini tidak."""
    return f"Diserahkan oleh {name}" + sentence("kepada %(who)s ini", who=f"{name}")
BOTH = {"id": "tempat yang Anda sebut", "en": "the place that you named"}
BUILT = sentence(f"Nomor {NUMBER}")
'''
    assert unmarked_in_program(program) == [
        "Diserahkan oleh ", "Laporan ini sudah ditutup.", "sentence(f'Nomor {NUMBER}')",
    ]  # fmt: skip


def test_what_a_script_says_by_itself_is_found() -> None:
    script = "// tidak ada yang dihitung di sini\nlabel.textContent = 'Belum disimpan'; fetch(\"/rules/try\");"
    assert unmarked_in_script(script) == ["Belum disimpan"]
