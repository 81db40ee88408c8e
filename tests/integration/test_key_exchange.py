"""Two intakes on one database, one a step further in the exchange of a secret: citizens and gateways notice nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.intake import tables
from tests.integration.web_browser import FormBrowser
from tests.unit.intake.building import Intake, intake, settings

OLD, NEW = "old-" + "o" * 36, "new-" + "n" * 36
STEPS = [(OLD, f"{OLD},{NEW}"), (f"{OLD},{NEW}", f"{NEW},{OLD}"), (f"{NEW},{OLD}", NEW)]


@contextmanager
def beside_each_other(folder: Path, name: str, step: tuple[str, str]) -> Iterator[tuple[Intake, Intake]]:
    url = f"sqlite:///{folder}/intake.db"
    common = replace(settings().common, data=folder)
    with intake(url, common=common, **{name: step[0]}) as one, intake(url, common=common, **{name: step[1]}) as other:
        yield one, other


@pytest.mark.parametrize("step", STEPS)
def test_a_form_that_one_gave_is_taken_by_the_other(tmp_path: Path, step: tuple[str, str]) -> None:
    with beside_each_other(tmp_path, "session_key", step) as pair:
        for here, there in (pair, reversed(pair)):
            browser = FormBrowser(here)
            form = {**browser.opened_form(), "text": f"Lampu padam di {here is pair[0]}"}
            there.clock.moment = here.clock.moment
            browser.client = _same_cookies(browser, there)
            ticket, _, page = browser.receipt(form)
            assert ticket in page
        assert len(pair[0].rows(tables.complaints)) == 2


@pytest.mark.parametrize("step", STEPS)
def test_a_gateway_may_show_either_token_while_it_is_exchanged(tmp_path: Path, step: tuple[str, str]) -> None:
    with beside_each_other(tmp_path, "sms_token", step) as pair:
        for number, built in enumerate(pair):
            shown = {one for secret in step for one in secret.split(",")}
            codes = {token: _sms(built, token, number) for token in shown}
            of_its_own = {token for token in shown if token in step[number]}
            assert codes == {token: 200 if token in of_its_own else 403 for token in shown}


def _same_cookies(browser: FormBrowser, there: Intake) -> object:
    client = there.client
    cookie = browser.client.get_cookie("tanggap_intake")
    client.set_cookie("tanggap_intake", cookie.value)
    return client


def _sms(built: Intake, token: str, number: int) -> int:
    query = f"from=%2B628123456789{number}&to=1234&id={number}{token[:3]}&text=lampu&token={token}"
    return int(built.client.get(f"/sms/kannel?{query}", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code)
