"""The desk's questions about messages, put to the notifier's real internal API over loopback HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.desk.people.person import Person
from services.desk.sending.deliveries import NotifierDeliveries, Wanted
from services.notifier.channels.capture import CaptureFolder
from services.notifier.trial import Trial
from services.notifier.views import internal_api
from shared.errors import Refused, Transient
from shared.web.base import create_web
from shared.web.internal import InternalClient
from shared.web.server import WebServer
from tests.integration.notifier_feedback.test_internal_api import Shown
from tests.integration.notifier_feedback.world import World, bounce, open_world

TOKEN = "t" * 40
ME = Person("operator", "Operator", "operator")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = open_world(tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture
def deliveries(world: World, tmp_path: Path) -> Iterator[NotifierDeliveries]:
    app = create_web("tests", service="notifier", metrics=world.spine.metrics)
    trial = Trial(world.spine, {}, "Kota Cimahi", "t@cimahi.example", "1234")
    app.register_blueprint(
        internal_api(world.spine, CaptureFolder(tmp_path), TOKEN, trial=trial, previews=lambda: [Shown()])
    )
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    yield NotifierDeliveries(InternalClient(server.url, TOKEN))
    server.stop()


def test_everything_that_the_pages_ask(world: World, deliveries: NotifierDeliveries) -> None:
    sent, other = world.sent(), world.sent("c2", recipient="BPBD", state="uncertain")
    world.hear(bounce(sent))
    page = deliveries.newest(Wanted(state="pending"))
    assert [(line.delivery_id, line.channel, line.gave_up) for line in page.lines] == [(sent, "any", ["email"])]
    assert page.lines[0].planned_at is not None
    assert deliveries.counts(7) == {("pending", "any"): 1, ("uncertain", "email"): 1}

    story = deliveries.story(sent)
    assert [one.kind for one in story.happened] == ["report"]
    assert (story.suppressed, story.data["text"], story.cleared_at) == (["email"], "Jalan berlubang", None)
    deliveries.cancel(sent, ME, "salah alamat")
    assert [one.kind for one in deliveries.story(sent).happened] == ["report", "act"]
    with pytest.raises(Refused) as caught:
        deliveries.retry(other, ME, "coba", sure=False)
    assert caught.value.code == "may_arrive_twice"
    deliveries.retry(other, ME, "coba", sure=True)
    assert world.row(other)["state"] == "pending"

    (alert,) = deliveries.alerts()
    assert (alert.kind, alert.details["agency"], deliveries.open_alerts()) == ("way_given_up", "DISHUB", 1)
    deliveries.clear_alert(alert.alert_id, ME, "alamat baru")
    assert deliveries.open_alerts() == 0
    (listed,) = deliveries.suppressed()
    deliveries.lift(listed.channel, listed.key, ME, "sudah benar")
    assert (deliveries.suppressed(), deliveries.away()) == ([], [])
    assert [one.segments for one in deliveries.previews()] == [2]
    for path in ("nobody", "../alerts", "a/b?c"):
        with pytest.raises(Refused):
            deliveries.story(path)


def test_a_notifier_that_is_away(world: World) -> None:
    with pytest.raises(Transient):
        NotifierDeliveries(InternalClient("http://127.0.0.1:9", TOKEN)).open_alerts()
