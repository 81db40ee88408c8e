"""Each symptom that docs/operations.md tells operators of is made by a test, so that what it says is what one sees."""

import re
from pathlib import Path

import pytest

from tests.unit.test_security_table import names_of_tests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()

MADE_BY = {
    "Files stay in the keeper's folder": "channels/test_kannel_misled.py"
    "::test_where_intake_wants_another_token_the_keeper_says_so_and_keeps_the_sms",
    "No SMS arrives at all": "channels/test_kannel_misled.py::test_a_named_box_without_a_route_gets_no_sms",
    "`to` is always the same number": (
        "channels/test_kannel_misled.py::test_a_global_sender_takes_the_place_of_the_number_that_was_dialled"
    ),
    "Deliveries stay `sent`": "channels/test_sms_kannel.py::test_there_and_back",
    "The auditor's daily mail does not come": (
        "integration/notifier/test_telling_auditors.py"
        "::test_in_a_demonstration_the_mail_is_captured_and_without_auditors_there_is_none"
    ),
    "`tanggap doctor` says that audit rows": (
        "unit/operations/test_audit_verify.py::test_the_doctor_says_whether_rows_are_sealed_as_they_come"
    ),
    "`tanggap audit verify` ends with code 1": (
        "unit/commands/test_audit.py::test_everything_that_can_be_wrong_in_eighty_columns"
    ),
    "`tanggap audit verify` finds `cut off`": (
        "unit/operations/test_audit_verify.py::test_a_cut_off_tail_is_found_by_the_mailed_head"
    ),
    "A citizen asks what became of a ticket": (
        "e2e/operators/test_commands.py::test_a_trace_shows_every_hop_and_no_secret"
    ),
    "Receipts come, but no case arrives": "integration/console/test_faults.py::test_the_router_has_stopped",
    "Messages stay unpublished": "integration/test_rabbit_traps.py::test_a_missing_queue_keeps_its_facts_in_the_outbox",
    "An agency's queue grows older": (
        "integration/notifier_feedback/test_old_queues.py::test_a_queue_that_nobody_empties_is_told_and_one_that_is_gone"
    ),
    "RabbitMQ lost its disk": (
        "e2e/operators/test_commands_rabbit.py::test_a_broker_that_lost_its_messages_costs_nothing"
    ),
    "One service's database came from a backup": ("e2e/operators/test_reconcile.py::test_a_lost_case_is_opened_again"),
    "Intake's database came from a backup": (
        "e2e/operators/test_reconcile.py::test_what_cannot_be_mended_is_named_and_left"
    ),
    "Dead letters": ("e2e/operators/test_commands.py::test_a_dead_letter_is_listed_shown_replayed_and_discarded"),
    "Mails wait in quarantine": (
        "integration/test_intake_mail_quarantine.py::test_an_operator_lists_shows_replays_and_discards"
    ),
    "`/readyz` warns: the mailbox cannot be read": (
        "channels/test_mail_system.py::test_a_mailbox_that_cannot_be_opened_is_a_warning_not_an_end"
    ),
    "`/readyz` warns: mails stay in the mailbox": (
        "integration/test_intake_mailbox.py::test_what_cannot_be_moved_is_stored_once_and_told"
    ),
    "Parked messages": (
        "e2e/operators/test_commands_rabbit.py::test_parked_messages_are_listed_for_ever_and_replayed_once"
    ),
    "Deliveries `failed: not_configured`": "unit/operations/test_doctor.py::test_channels_in_both_modes",
    "Deliveries `uncertain`": (
        "integration/notifier/test_crashes.py::test_a_crash_while_sending_leaves_one_uncertain_and_never_sends_it_twice"
    ),
    "Deliveries `failed`, or an alert is open": (
        "integration/notifier_feedback/test_commands.py::test_alerts_and_suppressed_addresses"
    ),
    "An agency gets nothing by mail any more": (
        "integration/notifier_feedback/test_reports.py::test_an_address_that_does_not_exist_is_suppressed"
    ),
    "New rules have no effect": ("e2e/operators/test_changing_rules.py::test_a_pack_goes_out_and_comes_in_again"),
    "Complaints go wrong since rules were changed": (
        "e2e/operators/test_changing_rules.py::test_the_round_trip_of_an_officer"
    ),
    "The router's `/readyz` warns": (
        "integration/router/test_following.py::test_a_set_that_this_version_cannot_use_leaves_the_old_in_force"
    ),
    "`activate` says that another set is active": (
        "integration/router/test_versions.py::test_who_was_overtaken_is_told_so"
    ),
    "An agency's name or address is not as in the pack": (
        "unit/desk/test_directory_import.py::test_what_people_changed_stays"
    ),
    "After an upgrade `reconcile` finds `not_heard`": (
        "e2e/operators/test_reconcile.py::test_what_an_inbox_forgot_is_heard_again"
    ),
    "Everything is slow, retries come early or late": "integration/console/test_faults.py::test_a_clock_is_off",
    "Nobody can log in": "unit/operations/test_doctor.py::test_nobody_can_log_in",
    'The desk shows "Foto sedang tidak dapat diambil"': (
        "unit/desk/test_photos.py::test_while_intake_is_away_the_page_stands_and_says_so"
    ),
    "Many citizens at once read": (
        "integration/test_intake_web_guards.py::test_a_flood_from_one_address_is_stopped_and_another_address_is_not"
    ),
    "Citizens or agencies read": (
        "integration/test_overload.py::test_whoever_waits_is_told_in_time_and_newcomers_at_once"
    ),
    "The disk is full": "e2e/test_full_disk.py::test_receipts_are_refused_until_there_is_space_and_nothing_is_lost",
}


def symptoms() -> list[str]:
    """The first cell of each row of the tables that begin with a symptom."""
    tables = re.findall(r"^\| [Ss]ymptom \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [line.strip("|").split(" | ")[0].strip() for table in tables for line in table.splitlines()]


def test_there_is_a_test_for_each_symptom_and_no_other() -> None:
    told = symptoms()
    assert len(told) > 30
    assert [one for one in told if sum(one.startswith(known) for known in MADE_BY) != 1] == []
    assert [known for known in MADE_BY if not any(one.startswith(known) for one in told)] == []


@pytest.mark.parametrize("symptom", MADE_BY)
def test_what_makes_a_symptom_exists(symptom: str) -> None:
    file, _, test = MADE_BY[symptom].partition("::")
    assert test in names_of_tests(ROOT / "tests" / file), MADE_BY[symptom]
