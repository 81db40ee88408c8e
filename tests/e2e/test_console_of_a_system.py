"""Every process of a running system tells how it is, and the operator's page knows all of them."""

import re

import requests
from playwright.sync_api import Browser

from tests.e2e.agency_steps import sign_in
from tests.support.eventually import eventually
from tests.support.system import DistributedSystem, System

SIGNS = ("tanggap_broker_up", "tanggap_database_answer_seconds", "tanggap_clock_offset_seconds", "tanggap_build_info")
NAMES = {"intake": "Penerimaan", "router": "Penerusan", "notifier": "Pengiriman", "desk": "Meja kerja"}


def test_every_process_is_known_and_well(system: System, chromium: Browser) -> None:
    expected = list(NAMES.values())
    if isinstance(system, DistributedSystem):
        expected.append("Penerimaan surel")
        for url in system.ready_urls():
            eventually(lambda url=url: _tells(url), 20, describe=system.describe)
    context = chromium.new_context(locale="id-ID")
    page = context.new_page()
    sign_in(system, page, "operator")

    def services() -> dict[str, str]:
        page.goto(f"{system.desk_url}/console")
        rows = page.locator("section[aria-labelledby=services] .signs li").all()
        return {row.locator(".sign-label").inner_text(): row.get_attribute("class") or "" for row in rows}

    eventually(lambda: services() == dict.fromkeys(expected, "sign ok") or None, 20, describe=services)
    context.close()


def _tells(url: str) -> bool:
    told = requests.get(f"{url}/metrics", timeout=5).text
    return all(re.search(f"^{name}{{[^}}]+}} ", told, re.MULTILINE) for name in SIGNS)
