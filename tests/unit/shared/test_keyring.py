"""A secret of several values: the first is used, all of them are accepted."""

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect, generate_csrf
from hypothesis import given
from hypothesis import strategies as st

from services.desk.api.photo_links import PhotoLinks, PhotoPass
from shared.clock import SystemClock
from shared.errors import Refused, Transient
from shared.keyring import accepts, for_signing, used_of, values_of
from shared.observability.metrics import Metrics
from shared.web.base import create_web, sign_with
from shared.web.internal import InternalClient, internal_blueprint
from shared.web.server import WebServer

OLD, NEW, OTHER = "old-" + "o" * 36, "new-" + "n" * 36, "other-" + "x" * 36
BEFORE, ADDED, USED, RETIRED = OLD, f"{OLD},{NEW}", f"{NEW}, {OLD}\n", NEW
"""What a secret is, one step of an exchange after the other."""
_VALUES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1).map(str.strip), min_size=1)


@given(_VALUES.filter(all))
def test_the_first_value_is_used_and_all_are_accepted(values: list[str]) -> None:
    secret = " , ".join(values)
    assert values_of(secret) == tuple(values)
    assert used_of(secret) == values[0] == for_signing(secret)[-1]
    assert all(accepts(secret, value) for value in values)
    assert not accepts(secret, secret + "x")


@pytest.mark.parametrize("shown", ["", OTHER, f"{OLD},{NEW}", "\udcff"])
def test_anything_else_is_not_accepted(shown: str) -> None:
    assert not accepts(ADDED, shown)
    assert not accepts("", shown)


@pytest.mark.parametrize(("here", "there"), [(BEFORE, ADDED), (ADDED, USED), (USED, RETIRED)])
def test_processes_one_step_apart_accept_each_other(here: str, there: str) -> None:
    """In each step of an exchange some processes are replaced already and some are not."""
    for asked, asks in ((here, there), (there, here)):
        assert _answers(asked, asks)
        _carries_on(asks, asked)
        links, read = PhotoLinks(values_of(asks), "http://desk"), PhotoLinks(values_of(asked), "http://desk")
        said = PhotoPass("t", "c", "0" * 64, SystemClock().now().replace(microsecond=0))
        assert read.read("0" * 64, links.link(said).rpartition("=")[2]) == said


def test_what_was_retired_is_refused() -> None:
    assert not _answers(RETIRED, OLD)
    with pytest.raises(AssertionError):
        _carries_on(OLD, RETIRED)


def _answers(asked: str, asks: str) -> bool:
    """Whether a service with that token answers one that shows the other's."""
    app = create_web("services.intake", service="x", metrics=Metrics())
    blueprint = internal_blueprint("other", asked)
    blueprint.add_url_rule("/there", view_func=lambda: {"there": True})
    app.register_blueprint(blueprint)
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    try:
        return bool(InternalClient(server.url, asks).get("/there")["there"])
    except (Transient, Refused):
        return False
    finally:
        server.stop()


def _carries_on(first: str, then: str) -> None:
    """Somebody opens a form at a process with the first key, and sends it to one with the other."""
    with _pages(first) as at_first:
        token = at_first.get("/form").text
        cookie = at_first.get_cookie("session")
    assert cookie is not None
    with _pages(then) as at_then:
        at_then.set_cookie("session", cookie.value)
        sent = at_then.post("/form", data={"csrf_token": token})
        assert (sent.status_code, sent.text) == (200, "Siti"), sent.text


def _pages(secret: str) -> FlaskClient:
    app = Flask(__name__)
    sign_with(app, secret)
    CSRFProtect(app)

    def form() -> str:
        session["who"] = "Siti"
        return generate_csrf()

    app.add_url_rule("/form", "form", form)
    app.add_url_rule("/form", "send", lambda: session["who"], methods=["POST"])
    return app.test_client()
