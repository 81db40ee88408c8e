"""The table of what each message carries, the previews, and that the docs hold what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.commands.pack_notifications import BEGINS, ENDS, NotWritten, put_in
from services.notifier.delivery import AGENCY_CHANNELS, CITIZEN_CHANNELS, EMAIL
from services.notifier.writing.matrix import Cell, as_table, cells
from services.notifier.writing.preview import previews
from shared.contracts.fields import IDENTITIES
from shared.wording import MESSAGES
from tests.unit.notifier.packs import LANGUAGES, cimahi, cimahi_wordings

DOCUMENT = Path(__file__).parents[3] / "docs" / "notifications.md"
BY_MAIL = {"account": (EMAIL,), "audit_head": (EMAIL,)}
"""To those who work for the city."""
CELLS = list(cells(cimahi(), cimahi_wordings()))


def test_every_message_channel_identity_and_language_has_its_cell_once() -> None:
    found = [(cell.message, cell.channel, cell.identity, cell.language) for cell in CELLS]
    assert len(found) == len(set(found))
    wanted = {
        (message, channel, identity, language)
        for message in MESSAGES
        for channel in (
            BY_MAIL[message]
            if message in BY_MAIL
            else AGENCY_CHANNELS
            if message.startswith("case_") and message != "case_update"
            else CITIZEN_CHANNELS
        )
        for identity in IDENTITIES
        for language in LANGUAGES
        if (message, identity) != ("case_copy", "confidential")
    }
    assert set(found) == wanted


def test_the_docs_hold_the_table_that_the_code_gives() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert put_in(text, as_table(CELLS)) == text, "run: tanggap pack notifications --write docs/notifications.md"


def test_what_is_promised_in_words_holds_in_every_cell() -> None:
    def holds(cell: Cell) -> bool:
        to_agency = cell.channel in ("webhook", "amqp") or cell.message in (
            "case_notice", "case_copy", "case_addition", "case_reminder", "case_news", "case_escalation",
        )  # fmt: skip
        rules = [
            not cell.contact,
            not (to_agency and cell.name),
            not (to_agency and cell.answer),
            not (cell.channel == "sms" and (cell.text != "none" or cell.answer or cell.name or cell.place == "spot")),
            not (to_agency and cell.identity == "confidential" and (cell.text != "none" or cell.place == "spot")),
            cell.text != "whole" or (cell.identity, cell.channel) == ("open", "email"),
        ]
        return all(rules)

    assert [cell for cell in CELLS if not holds(cell)] == []


def test_the_docs_name_every_message_and_setting() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for message in MESSAGES:
        assert re.search(rf"`{message}(\.N)?` \| ", text), message
    settings = (Path(__file__).parents[3] / "deploy/cities/cimahi/notifications.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"^(?:# )?([a-z_]+):", settings, re.MULTILINE):
        assert f"`{name}`" in text, name


def test_the_command_prints_the_table_and_writes_it(tmp_path: Path) -> None:
    document = tmp_path / "notes.md"
    document.write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n")
    printed = CliRunner().invoke(main, ["pack", "notifications"])
    assert (printed.exit_code, printed.output) == (0, as_table(CELLS))
    assert CliRunner().invoke(main, ["pack", "notifications", "--write", str(document)]).exit_code == 0
    assert document.read_text() == f"before\n{BEGINS}\n\n{as_table(CELLS)}\n{ENDS}\nafter\n"


@pytest.mark.parametrize("text", ["", BEGINS, f"{ENDS}{BEGINS}", f"{BEGINS}{BEGINS}{ENDS}"])
def test_a_document_without_its_marks_is_left_alone(text: str) -> None:
    with pytest.raises(NotWritten):
        put_in(text, "table")


def test_previews_show_every_message_in_every_language_with_nothing_left_out() -> None:
    found = previews(cimahi(), cimahi_wordings())
    mails = {(one.message, one.language) for one in found if one.channel == "email"}
    assert mails == {(message, language) for message in MESSAGES for language in LANGUAGES}
    for one in found:
        assert bool(one.html) == bool(one.subject) == (one.channel == "email")
        assert one.text
        assert "{{" not in one.text + one.html
        if one.channel in ("webhook", "amqp"):
            assert json.loads(one.text)["type"] == f"tanggap.{one.message}.v1"
