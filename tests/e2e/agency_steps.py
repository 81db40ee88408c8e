"""What people of the city do at the desk, step by step, and how their pages are looked at.

`TANGGAP_TEST_PAGES=FOLDER` keeps a picture of each page that was looked over, on a phone and on a desktop.
"""

import itertools
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.e2e.citizen_steps import assert_fits, look_over
from tests.support.eventually import eventually
from tests.support.system import System

PHONE, DESKTOP = (360, 740), (1280, 800)
_DEADLINE_MS = 10_000
_pictures = itertools.count(1)
_phones = itertools.count(1)


def new_phone() -> str:
    """A number that nobody else of these tests has."""
    return f"+62812{os.getpid() % 10_000:04}{next(_phones):04}"


class Staff:
    """Browsers of people at the desk, each signed in by the form the first time; all closed together."""

    def __init__(self, system: System, chromium: Browser) -> None:
        self.system = system
        self._chromium = chromium
        self._signed_in: dict[str, StorageState] = {}
        self._open: list[BrowserContext] = []

    def page_of(self, login: str, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        """A window of its own for each call."""
        state = self._signed_in.get(login)
        page = self.stranger(size, storage_state=state, **options)
        if state is None:
            sign_in(self.system, page, login)
            self._signed_in[login] = page.context.storage_state()
        return page

    def stranger(self, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        """Somebody who is not signed in."""
        width, height = size
        wanted = {"viewport": {"width": width, "height": height}, "locale": "id-ID", **options}
        context = self._chromium.new_context(**wanted)
        self._open.append(context)
        page = context.new_page()
        page.set_default_timeout(_DEADLINE_MS)
        return page

    def close(self) -> None:
        for context in self._open:
            context.close()


@contextmanager
def staff_of(system: System, chromium: Browser) -> Iterator[Staff]:
    staff = Staff(system, chromium)
    try:
        yield staff
    finally:
        staff.close()


def sign_in(system: System, page: Page, login: str) -> None:
    page.goto(f"{system.desk_url}/login")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill((system.data / "secrets" / "demo_password").read_text().strip())
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Masuk")).click()
    assert not page.url.endswith("/login"), page.inner_text("body")


def inspect(page: Page, name: str, language: str = "id") -> None:
    """No barrier, nothing too small and nothing beyond the edge, as it stands; at the other width it fits, too."""
    look_over(page, language)
    here = page.viewport_size
    assert here is not None
    _picture(page, name)
    other = PHONE if here["width"] > PHONE[0] else DESKTOP
    page.set_viewport_size({"width": other[0], "height": other[1]})
    assert_fits(page)
    _picture(page, name)
    page.set_viewport_size(here)


def open_case(system: System, page: Page, ticket: str) -> None:
    answer = page.goto(f"{system.desk_url}/cases/{ticket}")
    assert answer is not None
    assert answer.status == 200, page.inner_text("body")


def open_fold(page: Page, summary: str) -> None:
    """The part of a page that is folded under these words."""
    fold = page.locator("details").filter(has=page.locator("summary", has_text=summary)).first
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()


def press(page: Page, name: str) -> None:
    """A button that sends its form; until the page that follows is there."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def expect_told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_visible()


def await_state(system: System, ticket: str, *states: str) -> None:
    asked = f"SELECT state FROM cases WHERE ticket = '{ticket}'"
    eventually(
        lambda: [row[0] for row in system.rows("desk", asked)] in [[one] for one in states], 10,
        describe=lambda: (system.rows("desk", asked), system.describe()),
    )  # fmt: skip


def text_in(system: System, phone: str, words: str) -> dict[str, Any]:
    """A text message from a citizen, as the gateway hands it in."""
    answer = system.send_sms(phone, words, f"{phone}-{next(_phones)}")
    assert answer.status_code == 200, answer.text
    return {"text": answer.text}


def texts_to(system: System, phone: str) -> list[str]:
    """The text messages that left for this citizen, the oldest first."""
    notices = [one for one in system.captured() if one.path.suffix == ".json" and one.json().get("to") == phone]
    return [one.body for one in sorted(notices, key=lambda one: one.path.stat().st_mtime_ns)]


def await_text(system: System, phone: str, words: str, times: int = 1) -> str:
    """The last text message with these words, once exactly so many of them have left."""

    def fitting() -> list[str]:
        return [one for one in texts_to(system, phone) if words in one]

    def describe() -> str:
        return json.dumps(texts_to(system, phone), indent=1) + system.describe()

    eventually(lambda: len(fitting()) >= times, 10, describe=describe)
    found = fitting()
    assert len(found) == times, found
    return found[-1]


def complaint_by_text(system: System, phone: str, words: str) -> tuple[str, str]:
    """(ticket, tracking code), as they stand in the receipt."""
    text_in(system, phone, words)
    receipt = await_text(system, phone, "code=")
    ticket = re.search(r"CMH-\w{4}-\w{4}", receipt)
    code = re.search(r"code=([0-9A-Z]{5}-[0-9A-Z]{5})", receipt)
    assert ticket, receipt
    assert code, receipt
    return ticket.group(0), code.group(1)


def _picture(page: Page, name: str) -> None:
    folder = os.environ.get("TANGGAP_TEST_PAGES")
    if folder and page.viewport_size:
        path = Path(folder) / f"{next(_pictures):03}-{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=path, full_page=True)
