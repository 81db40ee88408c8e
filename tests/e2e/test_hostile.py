"""Hostile submissions by every channel: a clear answer to each, nothing executed, memory bounded, nothing lost."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.support.hostile import Answer, Attacker
from tests.support.system import EmbeddedSystem

LONG = os.environ.get("TANGGAP_PROOF") == "long"
STRIKES = 10_000 if LONG else 600
SENDERS = 6
MOST_MORE_MEGABYTES = 500
EXAMPLES = {"CMH-0000-0000", "CMH-1234-5678", "CMH-1234-567A"}
"""Tickets that answers name to show what one looks like."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedSystem, list[Answer], int]]:
    """A system of its own after the attack, the answers, and by how much its memory grew at most, in megabytes."""
    with EmbeddedSystem(tmp_path_factory.mktemp("hostile")) as system:
        requests.get(f"{system.intake_url}/", timeout=10)
        before = _peak_megabytes(system)
        with ThreadPoolExecutor(SENDERS) as pool:
            shares = pool.map(lambda seed: _strike(system, seed), range(SENDERS))
            answers = [answer for share in shares for answer in share]
        yield system, answers, _peak_megabytes(system) - before


def _strike(system: EmbeddedSystem, seed: int) -> list[Answer]:
    attacker = Attacker(system, seed)
    return [attacker.strike() for _ in range(STRIKES // SENDERS)]


def _peak_megabytes(system: EmbeddedSystem) -> int:
    status = Path(f"/proc/{system.processes['tanggap'].pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def test_every_answer_is_clear_and_none_is_our_failure(
    attacked: tuple[EmbeddedSystem, list[Answer], int],
) -> None:
    _, answers, _ = attacked
    assert len(answers) >= STRIKES - SENDERS
    by_status = Counter((answer.channel, answer.status) for answer in answers)
    print("\n".join(f"{channel:12} {status} {count}" for (channel, status), count in sorted(by_status.items())))
    failures = [answer for answer in answers if answer.status >= 500 and answer.channel != "mail"]
    assert failures == []
    away = [answer for answer in answers if answer.channel == "mail" and 400 <= answer.status < 500]
    assert away == []
    wordless = [answer for answer in answers if answer.status == 0 or not answer.words.strip()]
    assert wordless == []
    assert {answer.channel for answer in answers} == {
        "api", "form", "sms", "generic_sms", "open311", "mail", "addition",
    }  # fmt: skip
    assert by_status[("api", 201)]
    assert by_status[("mail", 250)]


def test_memory_stays_bounded(attacked: tuple[EmbeddedSystem, list[Answer], int]) -> None:
    grown = attacked[2]
    print(f"grew by {grown} MB at most")
    assert grown < MOST_MORE_MEGABYTES


def test_what_was_acknowledged_is_stored(attacked: tuple[EmbeddedSystem, list[Answer], int]) -> None:
    system, answers, _ = attacked
    stored = {row[0] for row in system.rows("intake", "SELECT ticket FROM complaints")}
    told = {ticket for answer in answers if answer.acknowledged for ticket in answer.tickets}
    assert len(told) > 20
    assert told - EXAMPLES <= stored
    assert requests.get(f"{system.intake_url}/readyz", timeout=10).status_code == 200


def test_nothing_that_was_stored_runs_in_a_browser(
    attacked: tuple[EmbeddedSystem, list[Answer], int], chromium: Browser
) -> None:
    system, _, _ = attacked
    worst = "text LIKE '%<%' OR detail LIKE '%<%'"
    tickets = [row[0] for row in system.rows("intake", f"SELECT ticket FROM complaints WHERE {worst} LIMIT 400")]
    assert tickets
    page = chromium.new_page()
    page.goto(f"{system.desk_url}/login")
    page.fill("input[name=login]", "koordinator")
    page.fill("input[name=password]", (system.data / "secrets" / "demo_password").read_text().strip())
    page.click("main button")
    shown = [f"/cases/{ticket}" for ticket in tickets[:: max(1, len(tickets) // 25)]]
    for path in ("/triage", "/cases", "/captured", "/quarantine", *shown):
        page.goto(f"{system.desk_url}{path}")
        assert page.evaluate("window.pwned") is None, path
        assert page.locator("script:not([src]), [onerror], [onload], iframe").count() == 0, path
    page.close()
