"""Prometheus beside the stack: sees every process, knows its rules, and tells when a service is gone."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.compose.stack import ROOT, SERVICES, Stack
from tests.support.alerting import alert_rules
from tests.support.eventually import eventually

Ask = Callable[..., Any]
JOBS = {*SERVICES, "rabbitmq", "rabbitmq-queues", "prometheus"}


@pytest.fixture(scope="module")
def ask(stack: Stack) -> Iterator[Ask]:
    """The stack's own Prometheus, in a hurry: `ask("query", query="up")` is what its API answers."""
    shutil.copytree(ROOT / "deploy/monitoring", stack.monitoring)
    stack.monitoring.chmod(0o755)
    configuration = stack.monitoring / "prometheus.yml"
    configuration.write_text(configuration.read_text().replace("15s", "1s").replace("5s", "1s"))
    stack.compose("--profile", "monitoring", "up", "-d", "--no-deps", "prometheus")
    session = requests.Session()
    session.trust_env = False

    def asked(what: str, **query: str) -> Any:
        url = f"http://127.0.0.1:{stack.prometheus_port}/api/v1/{what}"
        answer = session.get(url, params=query, timeout=5).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def answers() -> bool:
        try:
            return bool(asked("query", query="vector(1)"))
        except (OSError, ValueError):
            return False

    try:
        eventually(answers, 30, describe=lambda: _logs(stack))
        yield asked
    finally:
        session.close()
        stack.compose("--profile", "monitoring", "rm", "-sfv", "prometheus")


def test_every_process_is_a_target_and_answers(stack: Stack, ask: Ask) -> None:
    stack.await_healthy()

    def health() -> dict[str, str]:
        return {target["labels"]["job"]: target["health"] for target in ask("targets", state="active")["activeTargets"]}

    eventually(lambda: health() == dict.fromkeys(JOBS, "up"), 20, describe=lambda: str(health()))
    answered = ask("query", query="sum by (service) (tanggap_http_request_seconds_count) > 0")["result"]
    assert {one["metric"]["service"] for one in answered} >= {"intake", "router", "notifier", "desk"}
    queues = ask("query", query="count(rabbitmq_detailed_queue_messages_ready) > 3")["result"]
    assert queues, "RabbitMQ tells nothing of its queues"


def test_the_rules_are_loaded_and_can_be_reckoned(ask: Ask) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in ask("rules")["groups"] for rule in group["rules"]]

    eventually(lambda: all(rule["health"] != "unknown" for rule in rules()), 10)
    assert [rule["name"] for rule in rules()] == [rule["alert"] for rule in alert_rules()]
    assert not [(rule["name"], rule.get("lastError")) for rule in rules() if rule["health"] != "ok"]


def test_a_service_that_is_stopped_is_told_of_until_it_is_back(stack: Stack, ask: Ask) -> None:
    def told() -> bool:
        alerts = ask("alerts")["alerts"]
        return any(
            one["labels"] == {"alertname": "TanggapServiceDown", "job": "router", "severity": "page"} for one in alerts
        )

    eventually(lambda: not told(), 15)
    stack.containers()["router"].stop()
    try:
        eventually(told, 30, describe=lambda: str(ask("alerts")) + _logs(stack))
    finally:
        stack.containers()["router"].start()
    stack.await_healthy("router")
    eventually(lambda: not told(), 30, describe=lambda: str(ask("alerts")))


def test_prometheus_has_no_more_rights_than_the_others(stack: Stack, ask: Ask) -> None:
    attrs = stack.containers()["prometheus"].attrs
    host = attrs["HostConfig"]
    assert attrs["Config"]["User"] == "nobody"
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"] or []) == (True, ["ALL"], [])
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert 0 < host["Memory"] <= 1024**3
    assert [one["HostIp"] for one in host["PortBindings"]["9090/tcp"]] == ["127.0.0.1"]
    assert not [mount for mount in attrs["Mounts"] if mount["RW"] and mount["Destination"] != "/prometheus"]
    flags = ask("status/flags")
    assert (flags["storage.tsdb.retention.time"], flags["storage.tsdb.retention.size"]) == ("15d", "2GiB")
    assert flags["web.enable-lifecycle"] == flags["web.enable-admin-api"] == "false"


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/./metrics", "/track/../metrics"]
)
def test_nobody_outside_reads_figures(stack: Stack, path: str) -> None:
    with stack.session() as session:
        for base in (stack.url, stack.desk_url):
            prepared = session.prepare_request(requests.Request("GET", base))
            prepared.url = base + path  # as it stands, not tidied up
            answer = session.send(prepared, timeout=10, verify=session.verify)
            assert answer.status_code == 404
            assert "tanggap_" not in answer.text


def test_the_health_check_of_prometheus_passes(stack: Stack, ask: Ask) -> None:
    command = stack.containers()["prometheus"].attrs["Config"]["Healthcheck"]["Test"]
    code, output = stack.run("prometheus", *command[1:])
    assert code == 0, output


def _logs(stack: Stack) -> str:
    return stack.containers()["prometheus"].logs(tail=30).decode("utf-8", "replace")
