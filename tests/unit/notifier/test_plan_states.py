"""What is planned when the state of a case changes: for the citizen, and for the agencies."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from services.notifier.delivery import PENDING, SKIPPED, Planned
from services.notifier.planning.agency_news import (
    plan_agency_asked,
    plan_agency_reopened,
    plan_copied,
    plan_escalated,
)
from services.notifier.planning.citizens import plan_receipt, plan_update
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.planning.states import (
    plan_archived,
    plan_closed,
    plan_question,
    plan_question_reminder,
    plan_reopened,
    plan_withdrawn,
)
from services.notifier.planning.wishes import is_expired, lines_carried, wanted
from shared.city_notifications import Notifications
from shared.contracts.fields import ARCHIVE_REASONS
from tests.unit.notifier.facts import UNTIL, archived, asked, copied, escalated, reopened, withdrawn
from tests.unit.notifier.samples import NOW, as_delivery, assigned, received
from tests.unit.notifier.test_plan_citizens import closed

USUAL, SILENT = Notifications(), Notifications(citizen_updates={})
MAIL = {"email": "dinas@kota.example"}
DIRECTORY = {
    "DPUPR": DirectoryEntry("DPUPR", "Dinas PU", MAIL),
    "DISHUB": DirectoryEntry("DISHUB", "Dinas Perhubungan", MAIL),
    "PROVINSI": DirectoryEntry("PROVINSI", "Bina Marga Provinsi", kind="external", public_contact="(022) 555-0101"),
}


def only(planned: list[Planned]) -> Planned:
    (one,) = planned
    return one


def test_a_question_is_told_at_once_by_every_channel_and_not_after_its_time() -> None:
    planned = only(plan_question(asked(), "en", NOW))
    assert planned.natural_key == ("c1", 0, "citizen", "question.1")
    assert (planned.due_at, planned.language, planned.data["question"]) == (NOW, "en", "Lubang yang mana?")
    delivery = as_delivery(planned)
    assert all(wanted(delivery, channel, SILENT) for channel in ("email", "sms"))
    assert (is_expired(delivery, NOW), is_expired(delivery, UNTIL)) == (False, True)
    assert plan_question(asked(contact_ref=None), "", NOW) == []


def test_the_reminder_says_what_the_question_said() -> None:
    question = only(plan_question(asked(number=2), "en", NOW))
    reminder = plan_question_reminder(as_delivery(question), NOW)
    assert reminder is not None
    assert reminder.natural_key == ("c1", 0, "citizen", "question_reminder.2")
    assert (reminder.data, reminder.language, reminder.contact_ref) == (question.data, "en", "ref-c1")


@pytest.mark.parametrize("change", [{"state": SKIPPED}, {"data": {}}])
def test_what_was_not_told_or_is_forgotten_is_not_reminded_of(change: dict[str, Any]) -> None:
    told = as_delivery(only(plan_question(asked(), "", NOW)))
    assert plan_question_reminder(dataclasses.replace(told, **change), NOW) is None


@pytest.mark.parametrize("why", ARCHIVE_REASONS)
def test_why_it_was_archived_is_told_and_of_spam_nothing_is(why: str) -> None:
    planned = only(plan_archived(archived(why=why), DIRECTORY, USUAL, "", NOW))
    assert planned.natural_key == ("c1", 0, "citizen", "archived.1")
    if why == "spam":
        assert (planned.state, planned.reason, planned.data) == (SKIPPED, "spam", {})
    else:
        assert (planned.state, planned.data["why"], planned.data["reason"]) == (PENDING, why, "Tempatnya belum jelas.")


@pytest.mark.parametrize(
    ("why", "agency", "told"),
    [
        ("not_ours", "PROVINSI", ("Bina Marga Provinsi", "(022) 555-0101")),
        ("not_ours", "DPUPR", ("", "")),  # an office of the city that had it is not who is in charge instead
        ("not_ours", "NEVER_HEARD", ("", "")),
        ("not_ours", None, ("", "")),
        ("incomplete", "PROVINSI", ("", "")),
    ],
)
def test_who_is_in_charge_instead_is_told_where_known(why: str, agency: str | None, told: tuple[str, str]) -> None:
    planned = only(plan_archived(archived(why=why, agency=agency), DIRECTORY, USUAL, "", NOW))
    assert (planned.data["agency"], planned.data["contact"]) == told


def test_the_city_says_which_ends_are_told_and_by_which_channel() -> None:
    assert plan_archived(archived(), DIRECTORY, SILENT, "", NOW) == []
    assert plan_withdrawn(withdrawn(), SILENT, "", NOW) == []
    by_mail = Notifications(citizen_updates={"email": frozenset({"archived", "withdrawn"}), "sms": frozenset()})
    for planned in (
        plan_archived(archived(), DIRECTORY, by_mail, "", NOW), plan_withdrawn(withdrawn(), by_mail, "", NOW),
    ):  # fmt: skip
        delivery = as_delivery(only(planned))
        assert (wanted(delivery, "email", by_mail), wanted(delivery, "sms", by_mail)) == (True, False)


def test_nobody_is_told_who_left_no_contact() -> None:
    nobody = {"contact_ref": None}
    assert plan_archived(archived(**nobody), DIRECTORY, USUAL, "", NOW) == []
    assert plan_archived(archived(why="spam", **nobody), DIRECTORY, USUAL, "", NOW) == []
    assert plan_withdrawn(withdrawn(**nobody), USUAL, "", NOW) == []
    assert plan_reopened(reopened(**nobody), DIRECTORY, USUAL, "", NOW) == []
    assert plan_closed(closed(number=2, **nobody), DIRECTORY, USUAL, "", NOW) == []


def test_a_body_outside_the_city_is_told_with_how_to_reach_it() -> None:
    planned = only(plan_update(assigned(agency="PROVINSI"), DIRECTORY, USUAL, "", NOW))
    (line,) = planned.data["lines"]
    assert (line["what"], line["agency"], line["contact"]) == ("referred", "Bina Marga Provinsi", "(022) 555-0101")
    assert [one["what"] for one in lines_carried(as_delivery(planned), "sms", USUAL)] == ["referred"]


def test_an_opening_is_told_without_anybodys_words() -> None:
    planned = only(plan_reopened(reopened(), DIRECTORY, USUAL, "", NOW))
    assert planned.message == "case_update.7"
    assert planned.data["lines"][0]["agency"] == "Dinas PU"
    assert "tuntas" not in json.dumps(planned.data)
    assert only(plan_reopened(reopened(agency=None), DIRECTORY, USUAL, "", NOW)).data["lines"][0]["agency"] == ""


def test_a_first_closing_asks_and_a_later_one_is_news() -> None:
    first = only(plan_closed(closed(role="system"), DIRECTORY, USUAL, "", NOW))
    assert (first.message, first.data["by_itself"]) == ("satisfaction", True)
    assert only(plan_closed(closed(), DIRECTORY, USUAL, "", NOW)).data["by_itself"] is False
    again = only(plan_closed(closed(number=2, role="system"), DIRECTORY, USUAL, "", NOW))
    assert (again.message, again.data["lines"][0]["by_itself"]) == ("case_update.6", True)
    unasked = Notifications(ask_satisfaction=False)
    assert only(plan_closed(closed(), DIRECTORY, unasked, "", NOW)).message == "case_update.6"


def test_a_part_of_a_complaint_says_so_in_its_receipt() -> None:
    planned = plan_receipt(received(external_refs={"split_from": "CMH-0000-0000", "split_part": "p"}), NOW)
    assert planned.data["split_from"] == "CMH-0000-0000"
    assert plan_receipt(received(), NOW).data["split_from"] == ""


def test_an_agency_reads_why_a_person_opened_its_case_again() -> None:
    planned = only(plan_agency_reopened(reopened(), DIRECTORY, NOW))
    assert planned.natural_key == ("c1", 1, "DPUPR", "case_news.7")
    assert (planned.channel, planned.data["what"]) == ("email", "reopened")
    assert "tuntas" in planned.data["reason"]
    assert "0812" not in json.dumps(planned.data)
    assert plan_agency_reopened(reopened(agency=None), DIRECTORY, NOW) == []


def test_what_the_citizen_said_is_not_told_twice() -> None:
    planned = only(plan_agency_reopened(reopened(role="citizen"), DIRECTORY, NOW))
    assert (planned.state, planned.reason) == (SKIPPED, "told_as_addition")


@pytest.mark.parametrize(("in_charge", "told"), [(("DPUPR", 2), 1), (("DISHUB", 2), 0), (None, 0)])
def test_the_agency_in_charge_reads_that_the_case_waits(in_charge: Any, told: int) -> None:
    planned = plan_agency_asked(asked(), in_charge, DIRECTORY, NOW)
    assert len(planned) == told
    for one in planned:
        assert one.natural_key == ("c1", 2, "DPUPR", "case_news.5")
        assert (one.data["what"], one.data["until"]) == ("asked", UNTIL.isoformat())


@pytest.mark.parametrize("identity", ["anonymous", "open", "confidential"])
def test_a_copy_by_hand_holds_no_contact_and_of_a_confidential_complaint_there_is_none(identity: str) -> None:
    planned = only(plan_copied(copied(identity=identity), ("DPUPR", 3), DIRECTORY, NOW))
    assert planned.natural_key == ("c1", 3, "DISHUB", "case_copy")
    if identity == "confidential":
        assert (planned.state, planned.reason, planned.data) == (SKIPPED, "confidential", {})
        return
    assert (planned.data["lead"], planned.data["coordinator_reason"]) == ("Dinas PU", "Ada rambu yang roboh.")
    assert "0812" not in json.dumps(planned.data)
    assert "@" not in json.dumps(planned.data)


def test_a_copy_of_what_nobody_has_names_nobody() -> None:
    planned = only(plan_copied(copied(in_charge=None), None, DIRECTORY, NOW))
    assert (planned.assignment, planned.data["lead"]) == (0, "")


def test_a_deadline_is_told_once_for_each_step_and_recipient() -> None:
    planned = only(plan_escalated(escalated(), DIRECTORY, NOW))
    assert planned.natural_key == ("c1", 1, "DPUPR", f"case_escalation.settle.{NOW:%Y%m%d}.2")
    assert (planned.data["late"], planned.data["lead"], planned.data["stays"]) == (True, "", False)
    assert only(plan_escalated(escalated(escalated_at=NOW.replace(year=2020)), DIRECTORY, NOW)).data["late"] is False
    elsewhere = only(plan_escalated(escalated(tell="DISHUB", step=3), DIRECTORY, NOW))
    assert (elsewhere.recipient, elsewhere.data["lead"], elsewhere.data["stays"]) == ("DISHUB", "Dinas PU", True)
    assert plan_escalated(escalated(tell=None), DIRECTORY, NOW) == []


def test_the_longest_clock_still_makes_a_name_that_fits() -> None:
    planned = only(plan_escalated(escalated(clock="c" * 64, step=2**31 - 1), DIRECTORY, NOW))
    assert len(planned.message) <= 64


def test_no_word_of_the_complaint_goes_with_a_deadline_or_the_state() -> None:
    told = [
        plan_escalated(escalated(identity="open"), DIRECTORY, NOW),
        plan_agency_reopened(reopened(identity="confidential"), DIRECTORY, NOW),
        plan_agency_asked(asked(identity="confidential"), ("DPUPR", 1), DIRECTORY, NOW),
    ]
    for planned in told:
        written = json.dumps(only(planned).data)
        assert "berlubang" not in written
        assert "0812" not in written
    assert only(told[1]).data["reason"] == only(told[2]).data["reason"] == ""
