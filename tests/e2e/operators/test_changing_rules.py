"""The officer's round trip on a running system, in both forms: a folder, commands and HTTP; nothing is restarted."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from services.desk.app import build_register
from services.desk.cases.acting import perform
from services.desk.cases.coordinator_acts import Assign
from shared.citypack import load_pack
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import ROOT, SECRETS, DistributedSystem, EmbeddedSystem, System
from tests.unit.operations.shell import COORDINATOR, Shell, desk_spine, shell_of
from tests.unit.router.conftest import write_city

WORDING = ROOT / "deploy/cities/cimahi/wording"
RULE = """
rules:
  - id: balon-udara
    agency: JALAN
    about: Balon udara yang jatuh.
    phrases:
      balon udara jatuh: 9
    examples:
      match: [ada balon udara jatuh di sana]
"""
BALLOON = "ada balon udara jatuh di sana, hubungi 081234567890"
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, Shell]]:
    folder = tmp_path_factory.mktemp(request.param)
    city = {"TANGGAP_PACK": str(write_city(folder / "city"))}  # a small one, since each command reads it again
    shutil.copytree(WORDING, folder / "city" / "wording")
    if request.param == "embedded":
        system: System = EmbeddedSystem(folder)
        system.processes["tanggap"].env |= city  # type: ignore[operator]
        with system:
            yield system, Shell(shell_of(system).environment | city)
        return
    node, server = request.getfixturevalue("rabbit_node"), request.getfixturevalue("postgres_server")
    node.create_vhost("rules")
    database = server.create_database("rules")
    distributed = DistributedSystem(folder, node, "rules", server, database, settings=city)
    distributed.processes["router-2"] = _one_more(distributed.processes["router"])
    with distributed as system:
        yield system, Shell(shell_of(system, node.url("rules")).environment | city)


def _one_more(router: Process) -> Process:
    """A second router beside the first, on a port of its own."""
    environment = {**(router.env or {}), "TANGGAP_ROUTER_PORT": str(free_port())}
    return Process(router.args, log=router.log.with_name("router-2.log"), env=environment, cwd=ROOT, name="router-2")


@pytest.fixture
def draft(system: System, shell: Shell, tmp_path: Path) -> Path:
    """What is active, as a folder that an officer edits."""
    folder = tmp_path / "draft"
    exported = shell.run("pack", "export", str(folder))
    assert exported.code == 0, exported.err
    return folder


def active(shell: Shell) -> str:
    return str(shell.run("rules", "status", "--json").json()["active"]["ruleset"])


def complain(system: System, words: str = BALLOON) -> tuple[str, str | None, str]:
    """(ticket, agency, rule set) of a new complaint."""
    answer = system.submit(f"{words} {next(_numbers):04}")
    assert answer.status_code == 201, answer.text
    ticket = str(answer.json()["ticket"])
    asked = f"SELECT agency, ruleset FROM decisions WHERE ticket = '{ticket}'"
    ((agency, ruleset),) = eventually(lambda: system.rows("router", asked), 10, describe=system.describe)
    return ticket, agency, ruleset


def give(system: System, pack: Path, ticket: str, agency: str) -> None:
    """As a coordinator at the desk does."""
    asked = f"SELECT revision FROM cases WHERE ticket = '{ticket}'"
    ((revision,),) = eventually(lambda: system.rows("desk", asked), 10, describe=system.describe)
    spine = desk_spine(system)
    try:
        register = build_register(spine, load_pack(pack))
        assert perform(register, COORDINATOR, ticket, revision, Assign(agency, "di sana")) is not None
    finally:
        spine.database.close()


def await_followers(system: System, shell: Shell) -> None:
    """Until every router decides by what is active."""
    taken = ["taken"] * (2 if "router-2" in system.processes else 1)

    def all_follow() -> bool:
        routers = shell.run("rules", "status", "--json").json()["routers"]
        return [one["outcome"] for one in routers] == taken

    eventually(all_follow, 5, describe=system.describe)


def test_the_round_trip_of_an_officer(system: System, shell: Shell, draft: Path) -> None:
    before, pids = active(shell), {name: process.pid for name, process in system.processes.items()}
    ticket, agency, ruleset = complain(system)
    assert (agency, ruleset) == (None, before)
    give(system, draft, ticket, "JALAN")
    labels = "SELECT agency, role FROM labels"
    assert eventually(lambda: system.rows("router", labels), 10, describe=system.describe) == [("JALAN", "coordinator")]

    (draft / "rules" / "balon.yaml").write_text(RULE)
    linted = shell.run("--pack", str(draft), "rules", "lint")
    assert linted.code == 0, linted.out
    compared = shell.run("rules", "diff", "active", str(draft), "--recent", "1", "--json")
    assert compared.code == 1
    (moved,) = compared.json()["on"]["complaints"]
    assert moved["id"] == ticket
    assert (moved["old"], moved["new"], moved["label"], moved["verdict"]) == ("triage", "JALAN", "JALAN", "agrees")
    assert "081234567890" not in compared.out
    after = compared.json()["new"]["ruleset"]
    shown = shell.run("rules", "diff", "active", str(draft), "--recent", "1")
    assert "1 would go elsewhere" in shown.out
    assert "now as a person said" in shown.out
    assert active(shell) == before, "to look changes nothing"

    done = shell.run("rules", "activate", str(draft), "--by", "budi", "--because", "balon jatuh", "--wait", "15")
    assert done.code == 0, done.err
    assert f"{after} is active now; before: {before}" in done.out
    assert "taken by" in done.out
    await_followers(system, shell)
    assert complain(system)[1:] == ("JALAN", after)
    assert f"Aturan versi {after}" in shell.run("rules", "explain", BALLOON, "--ruleset", "active").out
    assert f"Aturan versi {before}" in shell.run("rules", "explain", BALLOON, "--ruleset", before).out

    (draft / "rules" / "balon.yaml").write_text(RULE.replace("agency: JALAN", "agency: JALEN"))
    refused = shell.run("rules", "activate", str(draft), "--because", "salah ketik")
    assert refused.code == 1
    assert "rules/balon.yaml:3: rule `balon-udara`: There is no agency `JALEN`. Did you mean `JALAN`?" in refused.err
    (draft / "rules" / "balon.yaml").write_text("rules: [")
    assert shell.run("rules", "activate", str(draft), "--because", "rusak").code == 1
    assert active(shell) == after
    assert complain(system)[1:] == ("JALAN", after), "the rules in force keep routing"

    overtaken = shell.run("rules", "activate", before, "--because", "x", "--expect", before)
    assert overtaken.code == 1
    assert "by budi" in overtaken.err
    undone = shell.run("rules", "activate", before[:8], "--because", "kembali", "--wait", "15")
    assert undone.code == 0, undone.err
    await_followers(system, shell)
    assert complain(system)[1:] == (None, before)
    versions = {one["ruleset"]: one for one in shell.run("rules", "versions", "--json").json()["versions"]}
    assert [act["because"] for act in versions[before]["activations"]] == [
        "kembali", "the pack's rules, at the first start",
    ]  # fmt: skip
    assert [(act["by"], act["because"]) for act in versions[after]["activations"]] == [("budi", "balon jatuh")]
    assert {name: process.pid for name, process in system.processes.items()} == pids, "nothing was restarted"


def test_a_pack_goes_out_and_comes_in_again(system: System, shell: Shell, draft: Path) -> None:
    before = active(shell)
    assert shell.run("--pack", str(draft), "rules", "lint").code == 0
    assert shell.run("rules", "diff", "active", str(draft)).code == 0
    assert shell.run("pack", "diff", str(draft)).code == 0
    same = shell.run("pack", "import", str(draft), "--because", "tidak ada")
    assert (same.code, active(shell)) == (0, before)
    again = shell.run("pack", "export", str(draft))
    assert again.code == 2
    assert "is not empty" in again.err

    agencies = (draft / "agencies.yaml").read_text()
    taman = "\n  - {code: TAMAN, name: Dinas Taman, kind: internal, email: taman@contoh.example}\n"
    (draft / "agencies.yaml").write_text(agencies.rstrip() + taman)
    (draft / "rules" / "taman.yaml").write_text(RULE.replace("JALAN", "TAMAN").replace("jatuh", "mengudara"))
    differing = shell.run("pack", "diff", str(draft), "--json")
    assert differing.code == 1
    assert [(one["code"], one["state"]) for one in differing.json()["agencies"]] == [("TAMAN", "new")]
    assert "+++ pack/rules/taman.yaml" in differing.json()["files"]
    planned = shell.run("pack", "import", str(draft), "--dry-run")
    assert planned.code == 1
    assert "nothing was changed" in planned.out
    assert (active(shell), system.rows("desk", "SELECT code FROM agencies WHERE code = 'TAMAN'")) == (before, [])

    done = shell.run("pack", "import", str(draft), "--because", "dinas baru")
    assert done.code == 0, done.err
    assert "1 agency brought in: TAMAN" in done.out
    after = active(shell)
    await_followers(system, shell)
    ticket, agency, ruleset = complain(system, "ada balon udara mengudara di sana")
    assert (agency, ruleset) == ("TAMAN", after)
    case = f"SELECT state, agency FROM cases WHERE ticket = '{ticket}'"
    assert eventually(lambda: system.rows("desk", case), 10) == [("forwarded", "TAMAN")]
    assert shell.run("pack", "diff", str(draft)).code == 0
    assert shell.run("rules", "activate", before, "--because", "kembali").code == 0


def test_the_desk_changes_rules_by_the_internal_api(system: System, shell: Shell) -> None:
    if not isinstance(system, DistributedSystem):
        pytest.skip("in one process the router has no port of its own")
    url = next(url for url in system.ready_urls() if url.endswith(f":{system._ports['router']}"))
    before = active(shell)

    def call(act: str, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {SECRETS['TANGGAP_SERVICE_TOKEN']}"}
        return requests.post(f"{url}/internal/rulesets/{act}", json=body, headers=headers, timeout=30)

    files = requests.get(
        f"{url}/internal/rulesets/active", timeout=10,
        headers={"Authorization": f"Bearer {SECRETS['TANGGAP_SERVICE_TOKEN']}"},
    ).json()["files"]  # fmt: skip
    who = {"actor": "koordinator", "role": "coordinator", "reason": "dari meja"}
    new = {"files": files | {"rules/balon.yaml": RULE}}
    assert call("diff", **new, days=1).json()["complete"] is True
    done = call("activate", **new, expected=before, **who)
    assert done.status_code == 200, done.text
    after = done.json()["ruleset"]
    eventually(lambda: complain(system)[1:] == ("JALAN", after), 5, describe=system.describe)
    assert call("activate", ruleset=before, expected=before, **who).status_code == 409
    assert call("activate", ruleset=before, expected=after, **who).status_code == 200
    eventually(lambda: complain(system)[1:] == (None, before), 5, describe=system.describe)


def test_what_cannot_be_looked_at_ends_with_a_sentence(shell: Shell, tmp_path: Path) -> None:
    nowhere = {"TANGGAP_ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    for command in (("versions",), ("status",), ("diff",), ("activate", "--because", "x")):
        said = shell.run("rules", *command, **nowhere)
        assert said.code == 2, said.out
        assert "there is no file" in said.err
    unknown = shell.run("rules", "diff", "active", "fedcba")
    assert unknown.code == 2
    assert "There is no rule set `fedcba`" in unknown.err
    assert shell.run("rules", "diff", "--on", "x.csv", "--recent", "2").code == 2
    write_city(tmp_path / "pack", agencies="agencies: [")
    broken = shell.run("pack", "import", str(tmp_path / "pack"), "--because", "x")
    assert broken.code == 1
    assert "agencies.yaml:" in broken.err
