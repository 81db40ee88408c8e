"""A complaint by each channel, through the doors that the world has: the TLS proxy and the mail port."""

import re

import pytest
import requests

from tests.compose.stack import Stack
from tests.support.eventually import eventually

PJU = "PJU mati di Jalan Baros sejak Senin, gelap sekali"


def test_everything_is_healthy(stack: Stack) -> None:
    stack.await_healthy()
    assert stack.containers()["migrate"].attrs["State"]["ExitCode"] == 0


def test_the_api(stack: Stack) -> None:
    answer = stack.submit(PJU, contact={"email": "warga@example.org"})
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["status_url"].startswith(f"{stack.url}/complaints/")
    found = eventually(lambda: _routed(stack, receipt["ticket"], receipt["tracking_code"]), 10, describe=stack.describe)
    assert found["agency"] == "DISHUB"
    _both_are_told(stack, receipt["ticket"])


def test_the_form(stack: Stack) -> None:
    with stack.session() as session:
        page = session.get(f"{stack.url}/", timeout=10)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        assert "Secure" in page.headers["Set-Cookie"]
        del hidden["opened"]  # with it, so fast an answer looks like that of a program
        typed = {**hidden, "text": f"{PJU}, di depan sekolah", "email": "lewat.formulir@example.org"}
        receipt = session.post(f"{stack.url}/complaints", data=typed, timeout=10)
    assert receipt.status_code == 200, receipt.text
    assert receipt.url.startswith(stack.url)
    _is_routed_and_told(stack, "web", "depan sekolah")


def test_sms(stack: Stack) -> None:
    message = {"from": "+6281234567890", "to": "1234", "text": "pju mati 3 biji di gg masjid, gelap bgt", "id": "s1"}
    with stack.session() as session:
        without = session.get(f"{stack.url}/sms/kannel", params=message, timeout=10)
        assert without.status_code == 403, "whoever has no token is no gateway, though the proxy is near"
        with_token = {**message, "token": stack.secret("sms_token")}
        answer = session.get(f"{stack.url}/sms/kannel", params=with_token, timeout=10)
    assert answer.status_code == 200, answer.text
    _is_routed_and_told(stack, "sms", "gg masjid")


def test_mail(stack: Stack) -> None:
    stack.send_mail(
        "Warga <ibu@example.org>", "Lampu jalan", f"{PJU}, dekat pasar.\n\nTerima kasih", "<m1@example.org>"
    )
    _is_routed_and_told(stack, "email", "dekat pasar")


def test_plain_http_only_leads_to_https(stack: Stack) -> None:
    answer = requests.get(f"http://localhost:{stack.http_port}/track?ticket=1", allow_redirects=False, timeout=10)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{stack.url}/track?ticket=1"


def test_the_desk_has_a_port_and_a_name_of_its_own(stack: Stack) -> None:
    with stack.session() as session:
        by_port = session.get(f"{stack.desk_url}/login", timeout=10)
        by_name = session.get(f"{stack.url}/login", headers={"Host": "desk.localhost"}, timeout=10)
        not_here = session.get(f"{stack.url}/login", timeout=10)
    assert (by_port.status_code, by_name.status_code, not_here.status_code) == (200, 200, 404)
    assert "Secure" in by_port.headers["Set-Cookie"]
    assert by_port.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_demo_password_is_told_by_the_documented_command(stack: Stack) -> None:
    code, password = stack.run("desk", "cat", "/data/secrets/demo_password")
    assert code == 0
    with stack.session() as session:
        page = session.get(f"{stack.desk_url}/login", timeout=10)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token, page.text
        typed = {"csrf_token": token.group(1), "login": "koordinator", "password": password.strip()}
        after = session.post(f"{stack.desk_url}/login", data=typed, timeout=10)
    assert after.status_code == 200
    assert "koordinator" in after.text.lower()
    assert "/login" not in after.url


@pytest.mark.parametrize(
    "path",
    ["/internal/contacts/resolve", "/%69nternal/captured", "//internal/x", "/a/../internal/x", "/metrics", "/readyz"],
)
def test_what_is_between_services_is_not_passed_on(stack: Stack, path: str) -> None:
    token = {"Authorization": f"Bearer {stack.secret('service_token')}"}
    with stack.session() as session:
        for base in (stack.url, stack.desk_url):
            prepared = session.prepare_request(requests.Request("GET", base, headers=token))
            prepared.url = base + path  # as it stands, not tidied up
            answer = session.send(prepared, timeout=10, verify=session.verify)
            assert answer.status_code == 404
            assert "X-Request-Id" not in answer.headers, "a service answered, not the proxy"


def test_a_body_too_large_is_refused_by_the_service_in_its_own_words(stack: Stack) -> None:
    answer = stack.submit("x" * 2_500_000)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert stack.submit("x" * 4_000_000).status_code == 413


def test_logs_of_the_proxy_hold_no_queries(stack: Stack) -> None:
    with stack.session() as session:
        session.get(f"{stack.url}/complaints/CMH-0000-0000?code=SECRET-CODE", timeout=10)
    logs = eventually(lambda: text if "CMH-0000-0000" in (text := _logs(stack, "proxy", "intake")) else None, 5)
    assert "SECRET-CODE" not in logs
    assert stack.secret("sms_token") not in logs


def _logs(stack: Stack, *services: str) -> str:
    return "".join(stack.containers()[name].logs().decode("utf-8", "replace") for name in services)


def _routed(stack: Stack, ticket: str, code: str) -> dict[str, object] | None:
    found = stack.status(ticket, code)
    return found if found["status"] == "routed" else None


def _is_routed_and_told(stack: Stack, channel: str, words: str) -> None:
    """For the channels whose receipt goes elsewhere: found by its words in the database."""
    query = f"SELECT ticket, status, agency FROM complaints WHERE channel = '{channel}' AND text LIKE '%{words}%'"
    ended = eventually(lambda: rows if (rows := stack.rows("intake", query))[0][1] == "routed" else None, 15)
    assert [row[2] for row in ended] == ["DISHUB"]
    _both_are_told(stack, str(ended[0][0]))


def _both_are_told(stack: Stack, ticket: str) -> None:
    first = f"ticket = '{ticket}' AND message NOT LIKE '%.%'"  # those wait for what else happens
    query = f"SELECT recipient, state FROM deliveries WHERE {first} ORDER BY recipient = 'citizen'"
    told = [("DISHUB", "captured"), ("citizen", "captured")]
    eventually(lambda: stack.rows("notifier", query) == told, 10, describe=lambda: stack.rows("notifier", query))
    assert len(stack.captured(ticket)) == 2
