"""Whether an alert of `deploy/monitoring/alerts.yml` fires on given samples, as Prometheus' own promtool says.

    must_fire("TanggapBrokerDown", [({"job": "router"}, text_of_its_metrics_page)])

An exposition is the labels that a scrape adds, `job` at least, and what a process said at `/metrics`. Its samples hold
as long as the test lasts. `up` is 1 for each, unless the text itself says otherwise, and for every process of the
stack that was not given: what is not spoken of is well.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from tests.support.missing import NotInstalled, skip_or_fail

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/monitoring/alerts.yml"
PROCESSES = ("intake", "mail", "router", "notifier", "desk")

Exposition = tuple[Mapping[str, str], str]


@dataclass(frozen=True)
class Case:
    """Whether an alert (`.+`: any) fires after so many minutes of these series, as promtool writes them: one value a
    minute.
    """

    alert: str
    fires: bool
    series: Mapping[str, str]
    minutes: int = 30
    severity: str = ""
    """Only what has this one counts; empty: any."""


def must_fire(alert: str, expositions: Sequence[Exposition], *, minutes: int = 30) -> None:
    """Raises AssertionError, with promtool's words, unless the alert fires when these samples have lasted so long."""
    judge([Case(alert, True, lasting(expositions, minutes), minutes)])


def must_rest(alert: str, expositions: Sequence[Exposition], *, minutes: int = 30) -> None:
    """Raises AssertionError, with promtool's words, if the alert fires when these samples have lasted so long."""
    judge([Case(alert, False, lasting(expositions, minutes), minutes)])


def judge(cases: Sequence[Case]) -> None:
    """All in one run of promtool. Raises AssertionError with its words if it finds one otherwise."""
    tests = [_asked(case) for case in cases]
    wanted = re.compile("|".join(case.alert for case in cases))
    rules = [rule for rule in alert_rules() if wanted.fullmatch(rule["alert"])]  # all others only cost time
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.yml"
        path.with_name("rules.yml").write_text(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))
        path.write_text(json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}))
        done = promtool("test", "rules", str(path))
    assert done.returncode == 0, "\n".join([done.stdout + done.stderr, *map(str, cases)])


def lasting(expositions: Sequence[Exposition], minutes: int) -> dict[str, str]:
    """Series in which these samples hold for so long."""
    samples = [one for labels, text in expositions for one in _scraped(labels, text)]
    given = {labels["job"] for labels, _text in expositions}
    samples += [("up", {"job": job, "instance": job}, 1.0) for job in PROCESSES if job not in given]
    return {
        _named(name, labels): f"{floatToGoString(value).lstrip('+')}+0x{minutes}" for name, labels, value in samples
    }


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What it said and its code. Skips where it is not installed, or fails where CI is set."""
    program = shutil.which("promtool")
    if program is None:
        skip_or_fail(NotInstalled("promtool is not installed (apt-get install prometheus)"))
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


@cache
def alert_rules() -> list[dict[str, Any]]:
    """All rules of the file, as they stand there."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def _asked(case: Case) -> dict[str, Any]:
    known = {(rule["alert"], rule["labels"]["severity"]) for rule in alert_rules()}
    if not any(re.fullmatch(case.alert, name) and case.severity in ("", grave) for name, grave in known):
        raise AssertionError(f"{RULES.name} has no alert {case.alert} {case.severity}")
    firing = f'ALERTS{{alertname=~"{case.alert}", alertstate="firing", severity=~"{case.severity or ".+"}"}}'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "promql_expr_test": [
            {
                "expr": f"count({firing}) > bool 0" if case.fires else firing,
                "eval_time": f"{case.minutes}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if case.fires else [],
            }
        ],
    }


def _scraped(labels: Mapping[str, str], text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    scrape = {"instance": labels["job"], **labels}
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    if all(sample.name != "up" for sample in samples):
        yield "up", scrape, 1.0
    for sample in samples:
        yield sample.name, {**sample.labels, **scrape}, sample.value


def _named(name: str, labels: Mapping[str, str]) -> str:
    written = ", ".join(f"{label}={json.dumps(text, ensure_ascii=False)}" for label, text in labels.items())
    return f"{name}{{{written}}}"
