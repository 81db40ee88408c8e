"""Logging in by the city's own login service: a real provider, and one that lies."""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from services.desk.config import DeskSettings
from services.desk.people import repository as accounts
from services.desk.people.oidc import Oidc, OidcSettings
from services.desk.views.login_oidc import SAID
from shared.errors import ConfigError, Refused
from tests.support.clock import MovableClock
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.oidc_provider import CLIENT, SECRET, LyingProvider, lying_provider, real_provider
from tests.unit.desk.world import PASSWORD, Visitor, World, open_world

DESK = "http://127.0.0.1:8001"
BACK = f"{DESK}/login/oidc/back"
ADDRESS = "koordinator@kota.example"


def environment(issuer: str, **more: str) -> dict[str, str]:
    return {
        "TANGGAP_OIDC_ISSUER": issuer, "TANGGAP_OIDC_CLIENT_ID": CLIENT, "TANGGAP_OIDC_CLIENT_SECRET": SECRET, **more
    }  # fmt: skip


def give_address(world: World) -> None:
    with world.database.write() as tx:
        accounts.change_person(tx, "koordinator", email=ADDRESS)


def begin(visitor: Visitor, path: str = "/login/oidc") -> str:
    answer = visitor.get(path)
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.fixture
def provider() -> Iterator[LyingProvider]:
    with lying_provider() as lying:
        yield lying


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a desk that was started once."""
    file = tmp_path_factory.mktemp("oidc") / "desk.db"
    with open_world(f"sqlite:///{file}", file.parent):
        pass
    return file


@pytest.fixture
def world(begun: Path, tmp_path: Path, provider: LyingProvider) -> Iterator[World]:
    shutil.copy(begun, tmp_path)
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, environment=environment(provider.issuer)) as opened:
        give_address(opened)
        yield opened


def come_back(provider: LyingProvider, visitor: Visitor, **changes: str) -> TestResponse:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begin(visitor)).query).items()}
    assert asked["code_challenge_method"] == "S256"
    provider.nonce = asked["nonce"]
    query = {"code": "c", "state": asked["state"], "iss": provider.issuer, **changes}
    return visitor.client.get("/login/oidc/back", query_string=query)


@pytest.mark.parametrize("claim", ["email", "preferred_username"])
def test_a_real_provider_lets_known_people_in_and_no_others(tmp_path: Path, claim: str) -> None:
    try:
        with real_provider(tmp_path, BACK) as real:
            settings = environment(real.issuer, TANGGAP_OIDC_CLAIM=claim)
            with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, environment=settings) as opened:
                give_address(opened)
                visitor = opened.visitor()
                assert "Masuk dengan akun kota" in visitor.get("/login").text
                back = real.log_in(begin(visitor, "/login/oidc?next=/agencies"), "koordinator")
                assert back.startswith(f"{BACK}?")
                answer = visitor.get(back.removeprefix(DESK))
                assert (answer.status_code, answer.location) == (303, "/agencies")
                assert visitor.get("/cases").status_code == 200
                assert opened.audited("login")[-1]["details"] == {"via": "oidc"}
                assert visitor.get(back.removeprefix(DESK)).status_code == 401, "the same address once more"
                stranger = opened.visitor()
                answer = stranger.get(real.log_in(begin(stranger), "siapa").removeprefix(DESK))
                assert (answer.status_code, SAID["nobody"] in answer.text) == (403, True)
                assert stranger.get("/cases").status_code == 303
    except NotInstalled as problem:
        skip_or_fail(problem)


def test_the_same_flow_with_a_provider_that_tells_the_truth(provider: LyingProvider, world: World) -> None:
    visitor = world.visitor()
    assert come_back(provider, visitor).status_code == 303
    assert visitor.get("/cases").status_code == 200


def test_who_came_that_way_proved_the_second_factor_there(
    provider: LyingProvider, begun: Path, tmp_path: Path
) -> None:  # fmt: skip
    shutil.copy(begun, tmp_path)
    settings = environment(provider.issuer, TANGGAP_TOTP="required")
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, environment=settings) as strict:
        give_address(strict)
        visitor, other = strict.visitor(), strict.visitor()
        assert come_back(provider, visitor).status_code == 303
        assert visitor.get("/cases").status_code == 200
        other.post("/login", login="koordinator", password=PASSWORD)
        assert other.get("/cases").location == "/account/second"


LIES: list[tuple[dict[str, Any], str]] = [
    ({"claims": {"iss": "https://lain.example"}}, "unproved"),
    ({"claims": {"aud": "lain"}}, "unproved"),
    ({"claims": {"azp": "lain"}}, "unproved"),
    ({"claims": {"nonce": "lain"}}, "unproved"),
    ({"claims": {"nonce": None}}, "unproved"),
    ({"claims": {"exp": 1_700_000_000}}, "unproved"),
    ({"claims": {"exp": None}}, "unproved"),
    ({"claims": {"email_verified": False}}, "unproved"),
    ({"claims": {"email": None}}, "wrong_setup"),
    ({"claims": {"email": None}, "userinfo": {"sub": "lain", "email": ADDRESS}}, "wrong_setup"),
    ({"claims": {"email": "koordinator@kota.example\r\nX: y"}}, "nobody"),
    ({"foreign_key": True}, "unproved"),
    ({"token_status": 400}, "denied"),
    ({"document": {"jwks_uri": "http://127.0.0.1:9/keys"}}, "away"),
]


@pytest.mark.parametrize(("lie", "code"), LIES)
def test_what_proves_nothing_opens_nothing(
    provider: LyingProvider, world: World, lie: dict[str, Any], code: str
) -> None:  # fmt: skip
    for name, value in lie.items():
        setattr(provider, name, value)
    visitor = world.visitor()
    answer = come_back(provider, visitor)
    assert (answer.status_code >= 400, SAID[code] in answer.text) == (True, True), answer.text
    assert visitor.get("/cases").status_code == 303
    world.logged_in("koordinator")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"state": "lain"}, "stale"), ({"state": ""}, "stale"), ({"error": "access_denied"}, "denied"),
     ({"iss": "https://lain.example"}, "unproved"), ({"state": "ä"}, "stale")],
)  # fmt: skip
def test_an_answer_that_was_not_asked_for_opens_nothing(
    provider: LyingProvider, world: World, changes: dict[str, str], code: str
) -> None:
    visitor = world.visitor()
    assert SAID[code] in come_back(provider, visitor, **changes).text
    assert visitor.get("/cases").status_code == 303


def test_the_state_is_good_in_the_browser_that_began_and_for_ten_minutes(provider: LyingProvider, world: World) -> None:
    one, other = world.visitor(), world.visitor()
    state = parse_qs(urlsplit(begin(one)).query)["state"][0]
    assert SAID["stale"] in other.client.get("/login/oidc/back", query_string={"code": "c", "state": state}).text
    world.clock.advance(601)
    assert SAID["stale"] in one.client.get("/login/oidc/back", query_string={"code": "c", "state": state}).text


def test_a_session_that_somebody_fixed_is_another_one_afterwards(provider: LyingProvider, world: World) -> None:
    visitor = world.visitor()
    visitor.get("/login")
    before = visitor.client.get_cookie("tanggap_desk")
    come_back(provider, visitor)
    after = visitor.client.get_cookie("tanggap_desk")
    assert before is not None
    assert after is not None
    thief = world.visitor()
    thief.client.set_cookie("tanggap_desk", before.value)
    assert thief.get("/cases").status_code == 303


@pytest.mark.parametrize(
    ("document", "code"),
    [({"issuer": "https://lain.example"}, "wrong_setup"), ({"token_endpoint": None}, "wrong_setup")],
)
def test_a_provider_that_is_another_one_is_not_trusted(
    provider: LyingProvider, world: World, document: dict[str, Any], code: str
) -> None:
    provider.document = document
    answer = world.visitor().get("/login/oidc")
    assert (answer.status_code, SAID[code] in answer.text) == (502, True)


def test_a_late_provider_is_not_waited_for_and_passwords_go_on(provider: LyingProvider, world: World) -> None:
    settings = OidcSettings(provider.issuer, CLIENT, SECRET)
    provider.waits_seconds = 1.0
    with pytest.raises(Refused) as caught:
        Oidc(settings, BACK, MovableClock(), most_seconds=0.2).begin()
    assert caught.value.code == "away"
    with pytest.raises(Refused) as caught:
        Oidc(dataclasses.replace(settings, issuer="http://127.0.0.1:9"), BACK, MovableClock()).begin()
    assert caught.value.code == "away"
    world.logged_in("koordinator")


@pytest.mark.parametrize(
    "wrong",
    [{"TANGGAP_OIDC_CLIENT_SECRET": ""}, {"TANGGAP_OIDC_ISSUER": ""}, {"TANGGAP_OIDC_ISSUER": "http://masuk.example"}],
)
def test_half_a_setup_is_told_before_anything_starts(wrong: dict[str, str]) -> None:
    keys = {f"TANGGAP_{name}": "x" * 40 for name in ("CONTENT_KEYS", "SERVICE_TOKEN", "SESSION_KEY")}
    with pytest.raises(ConfigError) as caught:
        DeskSettings.from_env({**keys, **environment("https://masuk.example"), **wrong})
    assert next(iter(wrong)) in caught.value.message


def test_without_a_provider_there_is_no_such_page(tmp_path: Path) -> None:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as plain:
        assert plain.visitor().get("/login/oidc").status_code == 404
        assert plain.visitor().get("/login/oidc/back?code=c&state=s").status_code == 404
        assert "Masuk dengan akun kota" not in plain.visitor().get("/login").text
