"""A pack's wording is checked whole before anything starts."""

from __future__ import annotations

import functools
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from shared.citypack import PackError
from shared.wording import MESSAGES, Wording, Wordings, WordingTooLong, load_wording, load_wordings, wording_problems

PACK = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"
SOURCE = PACK / "wording" / "id"


def copied(above: Path, language: str) -> Path:
    """The Indonesian wording under another name, beside what all languages share."""
    for shared in SOURCE.parent.glob("*.html"):
        shutil.copy(shared, above)
    return Path(shutil.copytree(SOURCE, above / language))


LANGUAGES = sorted(folder.name for folder in SOURCE.parent.iterdir() if folder.is_dir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path, "id")


def problems(folder: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        load_wording(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_field_that_is_not_given_is_refused_when_the_pack_is_read(folder: Path) -> None:
    mail = folder / "receipt.email.txt"
    mail.write_text(mail.read_text() + "{{ phon }}")
    (problem,) = problems(folder)
    line = mail.read_text().count("\n") + 1
    assert problem.startswith(f"receipt.email.txt:{line}: `phon` cannot be used here.")


def test_the_words_of_a_complaint_cannot_be_put_into_a_text_message(folder: Path) -> None:
    sms = folder / "receipt.sms.txt"
    sms.write_text(sms.read_text() + "{{ excerpt }}")
    assert "`excerpt` cannot be used here" in problems(folder)[0]


@pytest.mark.parametrize("field", ["reporter", "tracking_code", "phone", "email", "contact"])
def test_a_notice_to_an_agency_has_no_field_for_a_citizen(folder: Path, field: str) -> None:
    notice = folder / "case_notice.email.html"
    notice.write_text(notice.read_text().replace("{{ agency }}", f"{{{{ {field} }}}}"))
    assert f"`{field}` cannot be used here" in problems(folder)[0]


def test_a_receipt_without_ticket_or_emergency_numbers_is_refused(folder: Path) -> None:
    (folder / "receipt.sms.txt").write_text("Kode {{ tracking_code }} {{ link }}")
    found = problems(folder)
    assert [line.split(" Write")[0] for line in found] == [
        "receipt.sms.txt:1: `emergency_numbers` is missing.", "receipt.sms.txt:1: `ticket` is missing.",
    ]  # fmt: skip


def test_everything_wrong_is_told_at_once(folder: Path) -> None:
    (folder / "case_copy.subject.txt").unlink()
    (folder / "receipt.subject.txt").write_text("{{ ticket ")
    phrases = folder / "phrases.yaml"
    phrases.write_text(phrases.read_text().replace("[Senin, ", "[").replace("{weekday}", "{wekday}"))
    found = "\n".join(problems(folder))
    for part in ("case_copy.subject.txt: The file cannot be read", "receipt.subject.txt:1: The template cannot be read",
                 "`weekdays` should list 7 names", "`moment` cannot be used"):  # fmt: skip
        assert part in found


def test_rendering_without_a_used_field_fails_instead_of_leaving_a_gap() -> None:
    with pytest.raises(UndefinedError):
        load_wording(SOURCE).render("receipt", "subject.txt", {"city": "Kota Cimahi"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_every_message_is_there_in_every_language(language: str) -> None:
    assert wording_problems(SOURCE.parent, language) == []
    given = {
        **dict.fromkeys(("city", "ticket", "language"), "isi"), "emergency_numbers": [{"number": "112", "label": "x"}],
        "news": [{"what": "answered", "agency": "Dinas", "at": "kini", "answer": "Sudah."}],
        "additions": [{"what": "addition", "text": "Lagi.", "photos": 1, "added_at": "kini", "by_channel": "SMS"}],
        "why": ["kata"], "asks": ["what"], "attachments": 1, "assignment": 1,
    }  # fmt: skip
    wording = load_wording(SOURCE.parent / language)
    for message, parts in MESSAGES.items():
        for part, spec in parts.items():
            fields = {**dict.fromkeys(spec.may, "isi"), **given}
            assert wording.render(message, part, fields)


def test_moments_and_places_are_written_as_the_city_does() -> None:
    phrases = load_wording(SOURCE).phrases
    at = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert phrases.moment_text(at, ZoneInfo("Asia/Jakarta")) == "Jumat, 1 Januari 2027 pukul 00.30 WIB"
    assert phrases.place_text("Cimahi Utara", None, None) == "Kecamatan Cimahi Utara"
    assert phrases.place_text(None, None, None) == "tidak disebutkan"


def test_a_message_may_extend_another_and_must_still_hold_what_it_needs(folder: Path) -> None:
    follow = folder / "follow_receipt.email.txt"
    assert "extends" in follow.read_text()
    (folder / "receipt.email.txt").write_text((folder / "receipt.email.txt").read_text().replace("{{ link }}", ""))
    named = sorted(problem.split(":")[0] for problem in problems(folder) if "`link` is missing" in problem)
    assert named == ["follow_receipt.email.txt", "receipt.email.txt"]


HOSTILE = [
    ("{{ ticket.__class__ }}", "`ticket.__class__` cannot be used here"),
    ("{{ ticket['x'] }}", "cannot be used in wording (getitem)"),
    ("{{ ticket.upper() }}", "Nothing can be called"),
    ("{{ range(10**9) }}", "Nothing can be called"),
    ("{% for x in range(10**9) %}{{ x }}{% endfor %}", "This is no list"),
    ("{% for x in ticket %}{{ x }}{% endfor %}", "This is no list"),
    ("{% for x in [] %}{{ x }}{% endfor %}", "This is no list"),
    ("{% for x in asks recursive %}{{ x }}{% endfor %}", "This is no list"),
    ("{% for ticket in asks %}{{ ticket }}{% endfor %}", "`ticket` is a field already"),
    ("{% for a in asks %}{% for b in asks %}{% for c in asks %}x{% endfor %}{% endfor %}{% endfor %}", "too deep"),
    ("{% for one in emergency_numbers %}{{ one.confirm }}{% endfor %}", "`one.confirm` cannot be used here"),
    ("{% for one in emergency_numbers %}{{ one }}{% endfor %}", "`one` is not a text"),
    ("{{ loop.last }}", "`loop.last` cannot be used here"),
    ("{{ 'x' * 10**9 }}", "cannot be used in wording (mul)"),
    ("{{ '%999999999d' % 1 }}", "cannot be used in wording (mod)"),
    ("{{ 1 + 1 }}", "cannot be used in wording (add)"),
    ("{{ asks | list }}", "The filter `list` cannot be used"),
    ("{{ ticket | center(10000000) }}", "The filter `center` cannot be used"),
    ("{{ ticket | join(',') }}", "Only a list of texts can be joined"),
    ("{% set x = ticket %}", "cannot be used in wording (assign)"),
    ("{% macro m() %}{{ m() }}{% endmacro %}", "A macro can only stand in `row.html`"),
    ("{% include 'phrases.yaml' %}", "cannot be used in wording (include)"),
    ("{% import 'row.html' as r %}", "cannot be used in wording (import)"),
    ("{% from 'receipt.sms.txt' import x %}", "Only what `row.html` holds"),
    ("{% from 'row.html' import column %}", "`row.html` has no `column`"),
    ("{% filter upper %}x{% endfilter %}", "cannot be used in wording (filterblock)"),
    ("{{ super() }}", "Nothing can be called"),
    ("{{ self.opening() }}", "Nothing can be called"),
    ("{{ ticket is defined }}", "cannot be used in wording (test)"),
    ("{{ lipsum }}", "`lipsum` cannot be used here"),
    ("{% extends 'phrases.yaml' %}", "`phrases.yaml` cannot be extended here"),
    ("{{ ticket ", "The template cannot be read"),
]


@pytest.mark.parametrize(("hostile", "told"), HOSTILE)
def test_a_template_calls_nothing_computes_nothing_and_looks_into_nothing(
    folder: Path, hostile: str, told: str
) -> None:
    mail = folder / "receipt.email.txt"
    mail.write_text(mail.read_text() + hostile)
    line = mail.read_text().count("\n") + 1
    found = [one for one in problems(folder) if told in one]
    assert found, problems(folder)
    assert found[0].startswith(f"receipt.email.txt:{line}: ")


def test_a_block_does_not_see_what_another_block_imported(folder: Path) -> None:
    mail = folder / "follow_receipt.email.html"
    mail.write_text(mail.read_text() + '{% block footer %}{{ row("a", "b") }}{% endblock %}')
    assert "Nothing can be called in wording." in problems(folder)[0]


def test_what_a_part_is_filled_in_to_is_bounded() -> None:
    wording = load_wording(SOURCE)
    fields = {"city": "Kota", "ticket": "x" * 1001, "kind": "x"}
    with pytest.raises(WordingTooLong):
        wording.render("receipt", "subject.txt", fields)


def test_a_text_message_that_takes_three_is_refused(folder: Path) -> None:
    sms = folder / "case_update.sms.txt"
    sms.write_text(sms.read_text().strip() + " Terima kasih." * 20)
    assert "case_update.sms.txt:1: It takes 3 text messages even without its link." in problems(folder)[0]


def test_a_file_that_is_no_message_is_told(folder: Path) -> None:
    (folder / "reciept.sms.txt").write_text("x")
    assert problems(folder) == ["reciept.sms.txt: There is no message of this name. Rename it, or remove it."]


@pytest.mark.parametrize("pattern", ["{day:>999999999}", "{day.real}", "{day!r}", "{0}{1}", "{", "{nothing}"])
def test_a_moment_is_written_with_plain_fields_only(folder: Path, pattern: str) -> None:
    phrases = folder / "phrases.yaml"
    phrases.write_text(phrases.read_text().replace('clock: "pukul {time} {zone}"', f'clock: "{pattern}"'))
    assert "`clock` cannot be used." in problems(folder)[0]


def test_problems_of_every_language_are_told_at_once(tmp_path: Path) -> None:
    shutil.copytree(SOURCE.parent, tmp_path / "wording")
    for language in LANGUAGES:
        (tmp_path / "wording" / language / "receipt.subject.txt").write_text("{{ nothing }} {{ ticket }}")
    with pytest.raises(PackError) as caught:
        load_wordings(tmp_path / "wording", LANGUAGES)
    assert [(one.file, one.line) for one in caught.value.problems] == [
        (f"{language}/receipt.subject.txt", 1) for language in LANGUAGES
    ]


def test_a_language_that_there_is_none_of_is_the_city_s_own() -> None:
    wordings = load_wordings(SOURCE.parent, ["id", "en"])
    assert [wordings.of(one).language for one in ("en", "id", "", "xx")] == ["en", "id", "id", "id"]


def in_cyrillic(tmp_path: Path) -> Wordings:
    folder = copied(tmp_path, "ru")
    (folder / "contact_code.sms.txt").write_text("{{ code }} - ваш код. До {{ until }}.")
    return load_wordings(tmp_path, ["ru"])


def test_a_language_beyond_the_gsm_alphabet_is_known_to_be(tmp_path: Path) -> None:
    assert not in_cyrillic(tmp_path).of("ru").fits_gsm
    assert all(load_wording(SOURCE.parent / language).fits_gsm for language in LANGUAGES)


DEEP = [
    "{% if ticket %}" * 3000 + "{% endif %}" * 3000,
    "{% if ticket %}" * 150 + "{% endif %}" * 150,
    "{{ " + "(" * 5000 + "ticket" + ")" * 5000 + " }}",
    "{{ " + "not " * 9000 + "ticket }}",
    "x" * 60_001,
]


@pytest.mark.parametrize("source", DEEP, ids=range(len(DEEP)))
def test_what_is_nested_or_long_beyond_use_is_told_and_never_raised(folder: Path, source: str) -> None:
    (folder / "receipt.subject.txt").write_text("{{ ticket }}" + source)
    assert all(problem.startswith("receipt.subject.txt") for problem in problems(folder))


def test_messages_that_extend_each_other_in_a_circle_are_told(folder: Path) -> None:
    mail = folder / "receipt.email.txt"
    mail.write_text('{% extends "follow_receipt.email.txt" %}' + mail.read_text())
    assert any("It cannot be filled in" in problem for problem in problems(folder))


PIECES = st.sampled_from([
    "{{ ", " }}", "{% ", " %}", "ticket", "emergency_numbers", "asks", "if ", "endif", "for x in ", "endfor", "else",
    "x", ".number", ".__init__", "[0]", "()", " | join(', ')", " | attr('x')", " ~ ", " + ", "'a'", "{# ", " #}",
    "block content", "endblock", "extends 'layout.html'", "set y = ", "range(9)", "loop.last", " in ", " not ", "\n",
])  # fmt: skip


@settings(deadline=None, max_examples=8)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_a_template_holds_it_is_told_about_or_can_be_filled_in(source: str) -> None:
    with tempfile.TemporaryDirectory() as above:
        folder = copied(Path(above), "id")
        mail = folder / "receipt.email.txt"
        mail.write_text(mail.read_text() + source)
        if not wording_problems(Path(above), "id"):
            numbers = [{"number": "112", "label": "x"}] * 50
            given = {**dict.fromkeys(MESSAGES["receipt"]["email.txt"].may, "x" * 500), "asks": ["x"] * 50}
            assert load_wording(folder).render("receipt", "email.txt", {**given, "emergency_numbers": numbers})


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_somebody_wrote_stays_text_in_a_mail(text: str) -> None:
    wording = load_wording_once()
    fields = {
        "city": "Kota", "ticket": "T", "language": "id", "link": "L", "agency": text, "withheld": False,
        "not_solved": False,
        "additions": [{"what": "addition", "text": text, "photos": 0, "added_at": "", "by_channel": ""}],
    }  # fmt: skip
    page = wording.render("case_addition", "email.html", fields)
    plain = wording.render(
        "case_addition", "email.html", {**fields, "agency": "", "additions": fields["additions"][:0]}
    )
    assert page.count("<script") == 0
    assert page.count("<img") == plain.count("<img")


@functools.cache
def load_wording_once() -> Wording:
    return load_wording(SOURCE)
