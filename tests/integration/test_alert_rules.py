"""When alerts fire and when they rest, by Prometheus' own promtool on samples made by hand."""

import json
from pathlib import Path

import pytest

from shared import thresholds
from shared.thresholds import Limit
from tests.support.alerting import PROCESSES, ROOT, RULES, Case, alert_rules, judge, lasting, promtool

A_LITTLE = 1e-6

# What the console has a limit for: alert, metric, limit, and whether its second limit is a page.
GRADED = [
    ("TanggapDatabaseSlow", 'tanggap_database_answer_seconds{service="desk"}', thresholds.DATABASE_SECONDS, True),
    ("TanggapRelayStopped", 'tanggap_outbox_oldest_seconds{service="intake"}', thresholds.OUTBOX_SECONDS, True),
    ("TanggapInboxWaiting", 'tanggap_inbox_oldest_seconds{service="router"}', thresholds.INBOX_SECONDS, True),
    ("TanggapDeadLetters", 'tanggap_dead_letters{service="notifier"}', thresholds.DEAD_LETTERS, True),
    ("TanggapDiskNearlyFull", 'tanggap_disk_free_ratio{service="a",folder="/"}', thresholds.DISK_FREE_RATIO, True),
    ("TanggapClockOff", 'tanggap_clock_offset_seconds{service="desk"}', thresholds.CLOCK_SECONDS, True),
    ("TanggapCertificateEnding", 'tanggap_certificate_seconds_left{file="a"}', thresholds.CERTIFICATE_SECONDS, True),
    ("TanggapDeadlineBreaking", 'tanggap_deadlines{state="soon"}', thresholds.DEADLINES_SOON, False),
    ("TanggapDeadlineBreaking", 'tanggap_deadlines{state="overdue"}', thresholds.DEADLINES_OVERDUE, False),
    ("TanggapAuditUnsealed", "tanggap_audit_unsealed_seconds", thresholds.AUDIT_UNSEALED_SECONDS, False),
]

# Alert, metric, a value that is well and one that is not.
PLAIN = [
    ("TanggapBrokerDown", 'tanggap_broker_up{service="router"}', 1, 0),
    ("TanggapServiceDown", "up", 1, 0),
    ("TanggapServiceDown", 'tanggap_service_up{service="router"}', 1, 0),
    ("TanggapMailboxRefused", 'tanggap_mailbox_up{service="mail"}', 1, 0),
    ("TanggapChannelRefused", 'tanggap_channel_up{channel="sms"}', 1, 0),
    ("TanggapRulesRejected", 'tanggap_rules_rejected{service="router"}', 0, 1),
    ("TanggapDestinationsAway", "tanggap_destinations_open", 0, 1),
    ("TanggapAlertsOpen", 'tanggap_alerts_open{kind="way_given_up"}', 0, 1),
    ("TanggapDeliveriesWaiting", 'tanggap_deliveries_waiting{channel="sms"}', 1000, 1001),
]

WELL = {
    'tanggap_database_answer_seconds{service="%s"}': 0.01,
    'tanggap_broker_up{service="%s"}': 1,
    'tanggap_service_up{service="%s"}': 1,
    'tanggap_outbox_oldest_seconds{service="%s"}': 0,
    'tanggap_inbox_oldest_seconds{service="%s"}': 0,
    'tanggap_dead_letters{service="%s"}': 0,
    'tanggap_build_info{service="%s",version="1.0"}': 1,
    'tanggap_disk_free_ratio{service="%s",folder="/data"}': 0.5,
    'tanggap_disk_free_bytes{service="%s",folder="/data"}': 5e10,
    'tanggap_clock_offset_seconds{service="%s"}': 0.001,
    'tanggap_http_request_seconds_count{service="%s",status="200"}': 100,
}


def _case(alert: str, fires: bool, *samples: str, severity: str = "", minutes: int = 30) -> Case:
    page = "".join(f"{sample}\n" for sample in samples)
    return Case(alert, fires, lasting([({"job": "desk"}, page)], minutes), minutes, severity)


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    for what, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        done = promtool("check", what, "--lint=all", "--lint-fatal", str(RULES.with_name(name)))
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize(("alert", "metric", "limit", "pages"), GRADED)
def test_an_alert_begins_where_the_console_does(alert: str, metric: str, limit: Limit, pages: bool) -> None:
    steps = [("", "ticket", limit.warning)] + ([("page", "page", limit.problem)] if pages else [])
    cases = []
    for rests, severity, value in steps:
        before, reached = (value * (1 - A_LITTLE), value) if limit.rising else (value, value * (1 - A_LITTLE))
        cases.append(_case(alert, False, f"{metric} {before!r}", severity=rests))
        cases.append(_case(alert, True, f"{metric} {reached!r}", severity=severity))
    judge(cases)


@pytest.mark.parametrize(("alert", "metric", "well", "wrong"), PLAIN)
def test_an_alert_rests_while_all_is_well_and_fires_when_not(alert: str, metric: str, well: int, wrong: int) -> None:
    judge([_case(alert, fires, f"{metric} {value}", minutes=60) for fires, value in ((False, well), (True, wrong))])


def test_a_disk_of_which_much_but_few_bytes_are_free_is_nearly_full() -> None:
    labels, limit = '{service="desk",folder="/data"}', thresholds.DISK_FREE_BYTES

    def disk(free: float, fires: bool, severity: str = "") -> Case:
        told = (f"tanggap_disk_free_ratio{labels} 0.5", f"tanggap_disk_free_bytes{labels} {free}")
        return _case("TanggapDiskNearlyFull", fires, *told, severity=severity)

    judge([disk(limit.warning, False), disk(limit.warning - 1, True, "ticket")])
    judge([disk(limit.problem, False, "page"), disk(limit.problem - 1, True, "page")])


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_that_is_no_target_any_more_is_down(process: str) -> None:
    others = {f'up{{job="{job}"}}': "1x30" for job in PROCESSES if job != process}
    gone = {**others, f'up{{job="{process}"}}': "1x5 stale _x20"}
    judge(
        [
            Case("TanggapServiceDown", True, others, 20),
            Case("TanggapServiceDown", False, {**others, f'up{{job="{process}"}}': "1x30"}, 20),
            Case("TanggapServiceDown", False, gone, 7),
            Case("TanggapServiceDown", True, gone, 9),
        ]
    )


def test_one_of_two_processes_that_hangs_is_down() -> None:
    two = {f'up{{job="{job}"}}': "1x30" for job in PROCESSES} | {'up{job="router",instance="2"}': "0x30"}
    judge([Case("TanggapServiceDown", True, two)])


def test_a_relay_that_waits_for_the_broker_is_not_told_of_besides() -> None:
    waits = 'tanggap_outbox_oldest_seconds{service="intake"} 900'
    judge(
        [
            _case("TanggapRelayStopped", False, waits, 'tanggap_broker_up{service="intake"} 0'),
            _case("TanggapRelayStopped", True, waits, 'tanggap_broker_up{service="intake"} 1'),
            _case("TanggapRelayStopped", True, waits, 'tanggap_broker_up{service="desk"} 0'),
        ]
    )


def test_a_clock_that_is_behind_is_off_too() -> None:
    judge([_case("TanggapClockOff", True, 'tanggap_clock_offset_seconds{service="desk"} -3')])


def test_a_moment_is_not_enough() -> None:
    up = 'tanggap_broker_up{service="desk"}'
    judge([Case("TanggapBrokerDown", False, {up: "1x4 0 1x20"}, at) for at in (5, 6, 7)])
    judge([Case("TanggapBrokerDown", True, {up: "1x4 0x20"}, 7), Case("TanggapBrokerDown", False, {up: "0x9 1x9"}, 12)])


def test_a_process_that_answers_and_tells_no_signs_is_told_of() -> None:
    up = {f'up{{job="{job}",instance="1"}}': "1x30" for job in PROCESSES}
    signs = {
        f'tanggap_database_answer_seconds{{job="{job}",instance="1",service="{job}"}}': "0x30" for job in PROCESSES
    }
    silent = {name: values for name, values in signs.items() if "router" not in name}
    judge([Case("TanggapSignsMissing", False, up | signs), Case("TanggapSignsMissing", True, up | silent)])


def test_two_versions_beside_each_other_are_told_of() -> None:
    first, second = (f'tanggap_build_info{{service="desk",version="{version}"}} 1' for version in ("1.0", "1.1"))
    other = 'tanggap_build_info{service="router",version="1.0"} 1'
    judge([_case("TanggapVersionsDiffer", False, first, other), _case("TanggapVersionsDiffer", True, second, other)])


def _requests(status: str, per_minute: float) -> dict[str, str]:
    return {f'tanggap_http_request_seconds_count{{service="intake",status="{status}"}}': f"0+{per_minute}x60"}


def test_errors_are_told_of_when_they_are_many_and_a_share() -> None:
    well = _requests("200", 100)
    judge(
        [
            Case("TanggapErrorsServed", True, well | _requests("503", 10)),
            Case("TanggapErrorsServed", False, well | _requests("503", 4)),
            Case("TanggapErrorsServed", False, well | _requests("404", 50)),
            Case("TanggapErrorsServed", False, _requests("500", 0.5)),
        ]
    )


def test_errors_for_want_of_a_database_are_not_told_of_besides() -> None:
    answers = 'tanggap_database_answer_seconds{service="intake"}'
    errors = _requests("503", 10)
    slow, quick = {**errors, answers: "10x60"}, {**errors, answers: "0.1x60"}
    judge([Case("TanggapErrorsServed", False, slow), Case("TanggapErrorsServed", True, quick)])


def test_those_who_are_turned_away_are_told_of_when_they_are_more_than_a_few() -> None:
    def turned_away(fires: bool, per_minute: float) -> Case:
        return Case(
            "TanggapTurningAway", fires,
            {'tanggap_http_turned_away_total{service="intake",lane="short"}': f"0+{per_minute}x60"},
        )  # fmt: skip

    judge([turned_away(True, 5), turned_away(False, 3), turned_away(False, 0)])


def _histogram(name: str, labels: str, buckets: dict[str, float]) -> dict[str, str]:
    """`buckets`: how many a minute, by their upper end and in its order."""
    total, series = 0.0, {}
    for end, per_minute in buckets.items():
        total += per_minute
        series[f'{name}_bucket{{{labels},le="{end}"}}'] = f"0+{total}x60"
    return {
        **series,
        f'{name}_bucket{{{labels},le="+Inf"}}': f"0+{total}x60",
        f"{name}_count{{{labels}}}": f"0+{total}x60",
    }


def test_slow_receipts_are_told_of_when_they_are_more_than_a_few() -> None:
    def receipts(fires: bool, quick: float, slow: float, status: str = "201") -> Case:
        labels = f'service="intake",status="{status}"'
        series = _histogram("tanggap_http_request_seconds", labels, {"1": quick, "2": 0, "5": slow})
        return Case("TanggapAcceptSlow", fires, series, 40)

    judge([receipts(True, 98, 2), receipts(True, 0, 10, "303"), receipts(False, 200, 1)])
    judge([receipts(False, 0, 1), receipts(False, 0, 10, "200")])


def test_late_messages_are_told_of_when_they_are_more_than_a_few() -> None:
    def lag(fires: bool, quick: float, slow: float) -> Case:
        labels = 'service="desk",queue="desk.cases.v1"'
        series = _histogram("tanggap_message_lag_seconds", labels, {"60": quick, "300": slow})
        return Case("TanggapMessagesLate", fires, series, 40)

    judge([lag(True, 8, 2), lag(False, 20, 1), lag(False, 0, 1)])


def test_messages_that_fail_again_and_again_are_told_of() -> None:
    def handled(fires: bool, outcome: str, per_minute: int) -> Case:
        name = f'tanggap_messages_handled_total{{service="desk",queue="desk.cases.v1",outcome="{outcome}"}}'
        return Case("TanggapMessagesRetrying", fires, {name: f"0+{per_minute}x60"})

    judge([handled(True, "retrying", 4), handled(False, "retrying", 2), handled(False, "done", 400)])


def test_what_the_broker_does_not_take_is_told_of() -> None:
    def published(fires: bool, outcome: str) -> Case:
        name = f'tanggap_messages_published_total{{service="desk",outcome="{outcome}"}}'
        return Case("TanggapPublishingRefused", fires, {name: "0+2x60"})

    judge([published(True, "unroutable"), published(True, "refused"), published(False, "confirmed")])


def test_a_process_that_dies_again_and_again_is_told_of() -> None:
    name = 'tanggap_http_request_seconds_count{job="router",status="200"}'
    crashes, upgrades = {name: " ".join(["0+12x4"] * 6)}, {name: " ".join(["0+12x4"] * 5 + ["60+12x9"])}
    judge([Case("TanggapRestarting", True, crashes, 28), Case("TanggapRestarting", False, upgrades, 28)])


def test_where_all_is_well_no_alert_fires() -> None:
    pages = {process: "".join(f"{name % process} {value}\n" for name, value in WELL.items()) for process in PROCESSES}
    series = lasting([({"job": process}, page) for process, page in pages.items()], 90)
    judge([Case(".+", False, series, 90)])


def test_every_alert_is_tried_here() -> None:
    text = Path(__file__).read_text()
    assert not {rule["alert"] for rule in alert_rules() if f'"{rule["alert"]}"' not in text}


def test_prometheus_reads_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    dashboard = json.loads((ROOT / "deploy/monitoring/grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert queries
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
