"""The stack through an operator's day: again and again, stopped and started, and each container killed under load."""

import time

from tests.chaos.audit import at_rest, audit_at_rest, unfinished
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.compose import faults
from tests.compose.conftest import Numbers
from tests.compose.stack import SERVICES, STOP_SECONDS, Stack
from tests.support.eventually import eventually

COUNTS = {
    "intake": "SELECT count(*) FROM complaints",
    "router": "SELECT count(*) FROM decisions",
    "desk": "SELECT count(*) FROM cases",
    "notifier": "SELECT count(*) FROM deliveries",
}

ECHO = """
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("0.0.0.0", 8001), Echo).serve_forever()
"""


def test_making_secrets_again_changes_nothing(stack: Stack) -> None:
    before = {path.name: path.read_bytes() for path in stack.secrets.iterdir()}
    output = stack.compose("run", "--rm", "secrets")
    assert "made " not in output
    assert output.count("kept ") == len(before)
    assert {path.name: path.read_bytes() for path in stack.secrets.iterdir()} == before


def test_migrating_again_changes_nothing(stack: Stack) -> None:
    output = stack.compose("run", "--rm", "migrate")
    assert output.count("up to date") == 4, output
    assert "queues and their dead queues are there" in output


def test_the_operator_sees_everything_from_a_container_of_its_own(stack: Stack) -> None:
    output = stack.compose("run", "--rm", "operator", "doctor")
    assert "RabbitMQ 4" in output
    assert "all well" in output


def test_what_a_client_claims_to_be_is_not_believed(stack: Stack) -> None:
    """In the desk's place stands somebody who says what headers he got."""
    stack.compose("stop", "-t", str(STOP_SECONDS), "desk")
    listener = stack.client.containers.create(stack.image, [ECHO], entrypoint=["python", "-c"])
    try:
        stack.client.networks.get(f"{stack.project}_web").connect(listener, aliases=["desk"])
        listener.start()
        headers = eventually(lambda: _echoed(stack), 20, every=0.3)
    finally:
        listener.remove(force=True)
        stack.compose("start", "desk")
        stack.await_healthy("desk")
    gateway = stack.client.networks.get(f"{stack.project}_edge").attrs["IPAM"]["Config"][0]["Gateway"]
    assert headers["X-Forwarded-For"] == gateway, "whom the proxy really spoke to"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-Host"] == headers["Host"] == f"localhost:{stack.desk_port}"
    assert "Forwarded" not in headers


def test_everything_is_kept_when_all_containers_are_removed_and_made_anew(stack: Stack) -> None:
    receipt = stack.submit("Sampah menumpuk di depan rumah", contact={"email": "lama@example.org"}).json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    eventually(lambda: at_rest(stack), 15, every=0.3, describe=lambda: unfinished(stack))
    assert stack.status(ticket, code)["status"] == "routed"
    before = {owner: stack.rows(owner, query) for owner, query in COUNTS.items()}
    captured = stack.captured()
    password = stack.run("desk", "cat", "/data/secrets/demo_password")

    stack.compose("stop", "-t", str(STOP_SECONDS))
    ended = {name: stack.containers()[name].attrs["State"]["ExitCode"] for name in (*SERVICES, "postgres", "proxy")}
    assert ended == dict.fromkeys(ended, 0), "an orderly stop"
    stack.compose("down", "-t", str(STOP_SECONDS))
    stack.up()

    assert {owner: stack.rows(owner, query) for owner, query in COUNTS.items()} == before
    assert stack.captured() == captured
    assert stack.run("desk", "cat", "/data/secrets/demo_password") == password
    assert stack.status(ticket, code)["status"] == "routed"
    later = stack.submit("Jalan berlubang besar di Baros").json()
    eventually(lambda: stack.status(later["ticket"], later["tracking_code"])["status"] in ("routed", "triage"), 15)


def test_nothing_is_lost_or_doubled_when_each_container_is_killed_once(stack: Stack, numbers: Numbers) -> None:
    citizens = Citizens(stack, None, first=numbers(), crowd=4, seconds=1, channels=ALL)
    citizens.start()
    for service in SERVICES:
        citizens.await_more()
        faults.kill_program(stack, service)
        stack.await_healthy(service)
    for service in ("postgres", "rabbitmq", "proxy"):
        citizens.await_more()
        faults.kill(stack, service)
        stack.await_healthy(service)
    citizens.await_more()
    citizens.stop()
    assert len(citizens.ledger.tickets) > 50, "enough were sent for the kills to hit something"
    found = audit_at_rest(stack, citizens.ledger, 90)
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])


def test_everything_comes_back_from_one_command_after_everything_was_killed(stack: Stack, numbers: Numbers) -> None:
    citizens = Citizens(stack, None, first=numbers(), crowd=4, seconds=0.2, channels=ALL)
    citizens.start()
    citizens.await_more(8)
    stack.compose("kill")
    stack.up()
    citizens.await_more(4)
    citizens.stop()
    found = audit_at_rest(stack, citizens.ledger, 60)
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])


def test_a_restart_of_the_database_holds_nobody_up_for_long(stack: Stack) -> None:
    """From the moment it is back: everybody says so within 30 seconds, and a complaint goes all the way."""
    stack.compose("restart", "postgres")
    until = time.monotonic() + 30
    stack.await_healthy(deadline_seconds=30)
    contact = {"email": "sesudah@example.org"}

    def routed() -> bool:
        receipt = stack.submit("Sampah menumpuk di depan rumah", key="after-the-restart", contact=contact).json()
        return bool(stack.status(receipt["ticket"], receipt["tracking_code"])["status"] == "routed")

    eventually(routed, until - time.monotonic(), every=0.3, describe=stack.describe)


def test_a_service_that_the_broker_refuses_says_so(stack: Stack) -> None:
    """The operator sees that nobody takes the router's messages; asked in its own container, the router says why."""
    own = stack.secret("router_broker_url").split("//router:")[1].split("@")[0]
    change = ("rabbitmqctl", "change_password", "router")
    assert stack.run("rabbitmq", *change, "another")[0] == 0
    try:
        faults.restart(stack, "router")
        stack.await_healthy("router")
        code, seen = stack.operate("doctor")
        assert code == 1
        assert "nobody takes the messages for router" in " ".join(seen.split())
        code, said = stack.run("router", "tanggap", "doctor")
        assert code == 2
        assert "refused" in " ".join(said.split()), said
    finally:
        assert stack.run("rabbitmq", *change, own)[0] == 0
    eventually(lambda: stack.operate("doctor")[0] == 0, 60, every=2, describe=stack.describe)


def _echoed(stack: Stack) -> dict[str, str]:
    claims = {
        "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=127.0.0.1",
    }  # fmt: skip
    with stack.session() as session:
        heard: dict[str, str] = session.get(stack.desk_url, headers=claims, timeout=5).json()
    return heard
