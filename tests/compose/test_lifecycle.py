"""The stack through an operator's day: again and again, stopped and started, and each container killed under load."""

from collections import Counter

from tests.compose.crowd import Crowd, fates, waiting
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
    eventually(lambda: not any(waiting(stack).values()), 15, every=0.3, describe=lambda: waiting(stack))
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


def test_nothing_is_lost_or_doubled_when_each_container_is_killed_once(stack: Stack) -> None:
    crowd = Crowd(stack)
    crowd.start()
    for service in SERVICES:
        crowd.await_more()
        kill_inside(stack, service)
        stack.await_healthy(service)
    for service in ("postgres", "rabbitmq", "proxy"):
        crowd.await_more()
        stack.containers()[service].kill()
        stack.containers()[service].start()
        stack.await_healthy(service)
    crowd.await_more()
    crowd.stop()
    assert crowd.refused == []
    assert len(crowd.tickets) > 50, "enough were sent for the kills to hit something"
    eventually(lambda: not any(waiting(stack).values()), 90, every=1, describe=lambda: waiting(stack))

    found = {fate.number: fate for fate in fates(stack)}
    assert len(fates(stack)) == len(found), "each is stored once"
    assert set(found) == set(crowd.tickets), "what was taken is there, and nothing else"
    assert [fate for fate in found.values() if not fate.right] == []
    told = {number: found[number].ticket for number, ticket in crowd.tickets.items() if ticket}
    assert told == {number: ticket for number, ticket in crowd.tickets.items() if ticket}
    kept = Counter("-".join(name.split("-")[:3]) for name in stack.captured())
    assert {fate.ticket: kept[fate.ticket] for fate in found.values() if kept[fate.ticket] != 2} == {}


def _echoed(stack: Stack) -> dict[str, str]:
    claims = {
        "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=127.0.0.1",
    }  # fmt: skip
    with stack.session() as session:
        heard: dict[str, str] = session.get(stack.desk_url, headers=claims, timeout=5).json()
    return heard


def kill_inside(stack: Stack, service: str) -> None:
    """SIGKILL to the program, so that it is the restart policy that brings the container back."""
    container = stack.containers()[service]
    restarts = container.attrs["RestartCount"]
    container.exec_run(["sh", "-c", "kill -9 -1"])

    def came_back() -> bool:
        container.reload()
        return int(container.attrs["RestartCount"]) > restarts

    eventually(came_back, 20, every=0.1, describe=stack.describe)
