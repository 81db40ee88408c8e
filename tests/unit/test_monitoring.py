"""Alerts, dashboard and documents speak of metrics, sections and settings that exist."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from services.desk.console.helping import HELP
from shared import thresholds
from shared.observability.metrics import Metrics
from tests.support.alerting import PROCESSES, alert_rules
from tests.support.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy/monitoring"
DASHBOARD = json.loads((MONITORING / "grafana-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RULES = alert_rules()
RUNBOOK = (ROOT / "docs/operations.md").read_text()
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

# Prometheus' own, and RabbitMQ's (https://www.rabbitmq.com/docs/prometheus).
OTHERS = {"up", "ALERTS", "rabbitmq_detailed_queue_messages_ready"}
_STRINGS = re.compile(r'"[^"]*"|\{[^}]*\}')
_NAME = re.compile(r"\b(?:tanggap_\w+|rabbitmq_\w+|ALERTS|up)\b")


def _collectors() -> Iterator[MetricWrapperBase]:
    yield from (one for one in vars(Metrics()).values() if isinstance(one, MetricWrapperBase))


def _series_names() -> set[str]:
    """Every name under which `/metrics` shows samples."""
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    return {
        f"{family.name}{ending}"
        for collector in _collectors()
        for family in collector.describe()
        for ending in endings[family.type]
    }


def _named_in(query: str) -> set[str]:
    return set(_NAME.findall(_STRINGS.sub("", query)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_an_alert_is_complete(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert set(rule["annotations"]) == {"summary", "runbook"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule.get("for", "").endswith("m") or "[30m]" in rule["expr"], "a moment is enough for it"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_an_alert_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    named = _named_in(rule["expr"])
    assert named
    assert named <= _series_names() | OTHERS


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    headings = re.findall(r"^### (.+)$", _runbook(), re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    linked = [rule["annotations"]["runbook"].removeprefix("docs/operations.md#") for rule in RULES]
    assert list(dict.fromkeys(linked)) == anchors
    for rule, anchor in zip(RULES, linked, strict=True):
        words = re.findall("[A-Z][a-z]+", rule["alert"].removeprefix("Tanggap"))
        assert "-".join(words).lower() == anchor


def test_the_console_points_at_sections_that_exist() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert {help_.anchor for help_ in HELP.values()} <= anchors


def test_a_section_says_what_is_seen_meant_and_to_be_done() -> None:
    for section in _runbook().split("\n### ")[1:]:
        for part in ("**You see.**", "**It means.**", "**Do.**", "**Over when.**"):
            assert section.count(part) == 1, (section.splitlines()[0], part)


def _runbook() -> str:
    return RUNBOOK.split("\n## Runbook\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.sign)
def test_every_fault_has_an_alert_on_its_metric(fault: Fault) -> None:
    ours = [rule for rule in RULES if rule["alert"] == fault.alert]
    assert ours
    for rule in ours:
        assert fault.metric in _named_in(rule["expr"])
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{fault.anchor}"


def test_every_process_of_the_stack_is_scraped_at_its_port() -> None:
    jobs = {
        job["job_name"]: job for job in yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    }
    for process in PROCESSES:
        (names,) = jobs[process]["dns_sd_configs"]
        assert names["names"] == [process]
        assert str(names["port"]) == STACK["services"][process]["healthcheck"]["test"][-1]
    assert {name for name, service in STACK["services"].items() if service.get("command", [""])[0] == "run"} == set(
        PROCESSES
    )


def test_prometheus_is_published_to_this_machine_only_and_only_when_asked_for() -> None:
    prometheus = STACK["services"]["prometheus"]
    assert prometheus["profiles"] == ["monitoring"]
    assert prometheus["ports"] == ["${STACK_PROMETHEUS_BIND:-127.0.0.1}:${STACK_PROMETHEUS_PORT:-9090}:9090"]
    reached = {name for name, service in STACK["services"].items() if "monitoring" in (service.get("networks") or [])}
    assert reached == {"prometheus"}


def test_the_variables_of_the_stack_are_in_its_table() -> None:
    used = set(re.findall(r"\$\{(STACK_\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert {name for name in used if f"`{name}`" not in RUNBOOK} == set()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_is_complete_and_asks_for_metrics_that_exist(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["targets"]
    for target in panel["targets"]:
        named = _named_in(target["expr"])
        assert named
        assert named <= _series_names() | OTHERS


LINES = {
    "Dead letters": thresholds.DEAD_LETTERS,
    "Oldest unpublished message": thresholds.OUTBOX_SECONDS,
    "Oldest message to be handled": thresholds.INBOX_SECONDS,
    "Audit without a seal": thresholds.AUDIT_UNSEALED_SECONDS,
    "Database": thresholds.DATABASE_SECONDS,
    "Disk": thresholds.DISK_FREE_RATIO,
    "Disk, in bytes": thresholds.DISK_FREE_BYTES,
    "Clock": thresholds.CLOCK_SECONDS,
    "Certificates": thresholds.CERTIFICATE_SECONDS,
}


@pytest.mark.parametrize("title", LINES)
def test_a_panel_changes_its_colour_where_the_console_does(title: str) -> None:
    (panel,) = [panel for panel in PANELS if panel["title"] == title]
    steps = [(step["color"], step["value"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    limit = LINES[title]
    if limit.rising:
        assert steps == [("green", None), ("orange", limit.warning), ("red", limit.problem)]
    else:
        assert steps == [("red", None), ("orange", limit.problem), ("green", limit.warning)]


def test_the_dashboard_can_be_imported_and_keeps_its_places() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert ids == list(range(1, len(ids) + 1))
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells)), "panels lie on each other"
    assert all(first["y"] <= second["y"] for first, second in pairwise(places))
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]
    assert "__inputs" not in DASHBOARD


def test_every_metric_is_shown_on_the_dashboard_or_asked_for_by_an_alert() -> None:
    queries = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]
    named = {name for query in queries for name in _named_in(query)}
    families = {family.name for collector in _collectors() for family in collector.describe()}
    unseen = {family for family in families if not any(name.startswith(family) for name in named)}
    assert unseen == {"tanggap_ruleset_in_force"}


def test_the_list_of_metrics_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.+?) \| (.+?) \|$", (ROOT / "docs/metrics.md").read_text(), re.M
    )
    documented = {name: (kind, labels.replace("`", "")) for name, kind, labels, _unit, _meaning in rows}
    real = {}
    for collector in _collectors():
        (family,) = collector.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        real[name] = (family.type, ", ".join(collector._labelnames))
    assert documented == real
