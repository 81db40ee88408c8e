"""What citizens and agencies read of each state, beside the one of each message that `test_golden` keeps.

To write them anew: `python -m tests.unit.notifier.test_golden_states --write`
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifier.delivery import Addressee, Planned
from services.notifier.planning.agency_news import plan_agency_asked, plan_copied, plan_escalated
from services.notifier.planning.citizens import plan_receipt, plan_update
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.planning.states import plan_archived, plan_closed, plan_reopened
from services.notifier.writing.preview import said
from services.notifier.writing.specimens import Specimen
from shared.city_notifications import UPDATES, Notifications
from tests.unit.notifier.facts import archived, asked, copied, escalated, reopened
from tests.unit.notifier.packs import LANGUAGES, cimahi_composer
from tests.unit.notifier.samples import CODE, NOW, as_delivery, assigned, received
from tests.unit.notifier.test_plan_citizens import closed

GOLDEN = Path(__file__).parent / "golden_states"
ALL = Notifications(citizen_updates=dict.fromkeys(("email", "sms"), frozenset(UPDATES)))
CITIZEN = Addressee("budi@warga.example", "+6281234567890", "", CODE)


def directory(language: str) -> dict[str, DirectoryEntry]:
    mail = {"email": "dinas@kota.example"}
    return {
        "DPUPR": DirectoryEntry("DPUPR", "Dinas PU", mail, language=language),
        "DISHUB": DirectoryEntry("DISHUB", "Dinas Perhubungan", mail, language=language),
        "PROVINSI": DirectoryEntry("PROVINSI", "Bina Marga Provinsi", kind="external", public_contact="(022) 555-0101"),
    }


def told(language: str) -> Iterator[tuple[str, list[Planned]]]:
    known = directory(language)
    for why in ("duplicate", "incomplete", "not_ours"):
        yield f"archived-{why}", plan_archived(archived(why=why), known, ALL, language, NOW)
    yield "referred", plan_update(assigned(agency="PROVINSI"), known, ALL, language, NOW)
    yield "reopened", plan_reopened(reopened(), known, ALL, language, NOW)
    yield "reopened-to-triage", plan_reopened(reopened(agency=None), known, ALL, language, NOW)
    yield "closed-by-itself", plan_closed(closed(role="system"), known, ALL, language, NOW)
    yield "closed-again", plan_closed(closed(number=2, role="system"), known, ALL, language, NOW)
    part = received(external_refs={"split_from": "CMH-0000-0000"}, language=language)
    yield "receipt-of-a-part", [plan_receipt(part, NOW)]
    yield "agency-asked", plan_agency_asked(asked(), ("DPUPR", 1), known, NOW)
    yield "agency-near-deadline", plan_escalated(escalated(escalated_at=NOW.replace(year=2020)), known, NOW)
    yield "agency-copy", plan_copied(copied(in_charge=None), None, known, NOW)


def every() -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        for name, planned in told(language):
            (one,) = planned
            specimen = Specimen(as_delivery(one), CITIZEN, ())
            for channel in ("email", "sms"):
                subject, text, _ = said(cimahi_composer(), specimen, channel)
                found[f"{name}.{channel}.{language}.txt"] = f"{subject}\n\n{text}\n" if subject else f"{text}\n"
    return found


WRITTEN = every()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_it_reads_as_it_was_looked_at(name: str) -> None:
    assert WRITTEN[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(WRITTEN)


def write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for name, page in WRITTEN.items():
        (GOLDEN / name).write_text(page, encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    write()
