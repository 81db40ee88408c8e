"""What a container of the stack may not do, read from the engine and tried from inside."""

import json
from urllib.parse import urlsplit

import pytest

from tests.compose.stack import EVERYTHING, SERVICES, Stack

ALL = (*EVERYTHING, "migrate")
FROM_THE_WORLD = {"proxy", "mail"}
NETWORKS = {
    "intake": {"web", "back"}, "mail": {"mail-in", "back"}, "router": {"back"}, "notifier": {"back", "out"},
    "desk": {"web", "back"}, "migrate": {"back"}, "rabbitmq": {"back"}, "postgres": {"back"}, "proxy": {"edge", "web"},
}  # fmt: skip


@pytest.mark.parametrize("service", ALL)
def test_a_container_has_no_more_rights_than_it_needs(stack: Stack, service: str) -> None:
    attrs = stack.containers()[service].attrs
    host = attrs["HostConfig"]
    assert attrs["Config"]["User"] not in ("", "0", "root", "0:0")
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert (host["CapDrop"], host["CapAdd"] or []) == (["ALL"], [])
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["PidMode"] == ""
    assert not any("docker.sock" in mount["Source"] for mount in attrs["Mounts"])


@pytest.mark.parametrize("service", ALL)
def test_a_container_cannot_take_the_machine(stack: Stack, service: str) -> None:
    host = stack.containers()[service].attrs["HostConfig"]
    assert 0 < host["Memory"] <= 1024**3
    assert host["NanoCpus"] > 0
    assert 0 < host["PidsLimit"] <= 1024
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
    assert host["RestartPolicy"]["Name"] == ("no" if service == "migrate" else "unless-stopped")


@pytest.mark.parametrize("service", EVERYTHING)
def test_no_process_is_root_or_holds_a_capability(stack: Stack, service: str) -> None:
    code, output = stack.run(service, "sh", "-c", "cat /proc/[0-9]*/status")
    assert code == 0, output
    lines = [
        line.split() for line in output.splitlines() if line.startswith(("Uid:", "CapEff:", "CapPrm:", "NoNewPrivs:"))
    ]
    assert lines
    for name, *values in lines:
        if name == "Uid:":
            assert "0" not in values
        else:
            assert int(values[0], 16) == (1 if name == "NoNewPrivs:" else 0), (name, values)


@pytest.mark.parametrize("service", EVERYTHING)
def test_the_root_cannot_be_written_even_by_root(stack: Stack, service: str) -> None:
    for path in ("/x", "/usr/bin/x", "/etc/x", "/run/secrets/x"):
        code, output = stack.run(service, "sh", "-c", f"echo x > {path}", user="0")
        assert code != 0, path
        assert "Read-only file system" in output or "Permission denied" in output, output


@pytest.mark.parametrize("service", SERVICES)
def test_our_image_runs_as_the_number_that_is_documented(stack: Stack, service: str) -> None:
    assert stack.run(service, "sh", "-c", "id -u; id -g") == (0, "10001\n10001\n")


def test_only_proxy_and_mail_can_be_reached_from_outside(stack: Stack) -> None:
    for service, container in stack.containers().items():
        asked_for = container.attrs["HostConfig"]["PortBindings"] or {}
        published = {port for port, hosts in container.attrs["NetworkSettings"]["Ports"].items() if hosts}
        assert bool(asked_for) == bool(published) == (service in FROM_THE_WORLD), (service, asked_for, published)


def test_networks_keep_apart_who_has_no_business_with_whom(stack: Stack) -> None:
    for service, container in stack.containers().items():
        names = {name.removeprefix(f"{stack.project}_") for name in container.attrs["NetworkSettings"]["Networks"]}
        assert names == NETWORKS[service], service
    for name, internal in (("web", True), ("back", True), ("edge", False), ("out", False), ("mail-in", False)):
        assert stack.client.networks.get(f"{stack.project}_{name}").attrs["Internal"] is internal


@pytest.mark.parametrize(
    "address", ["rabbitmq/5672", "rabbitmq/15672", "postgres/5432", "router/8002", "notifier/8003"]
)
def test_the_proxy_reaches_web_services_only(stack: Stack, address: str) -> None:
    code, _ = stack.run("proxy", "timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{address}")
    assert code != 0
    assert stack.run("proxy", "timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/intake/8000")[0] == 0


def test_no_secret_stands_where_the_engine_shows_it(stack: Stack) -> None:
    values = set()
    for path in stack.secrets.iterdir():
        content = path.read_text().strip()
        values |= {content, urlsplit(content.splitlines()[0]).password or ""} if content else set()
    values = {json.dumps(value)[1:-1] for value in values if value}
    assert len(values) > 25
    shown = {name: json.dumps(container.attrs) for name, container in stack.containers().items()}
    image = stack.client.images.get(stack.image)
    shown["image"] = json.dumps([image.attrs, image.history()])
    for name, text in shown.items():
        assert not [value for value in values if value in text], name


def test_the_image_holds_code_and_pack_and_nothing_private(stack: Stack) -> None:
    assert stack.run("router", "sh", "-c", "ls -A /app; ls -A /app/deploy; ls /data") == (
        0,
        "deploy\ndocs\nservices\nshared\ncities\nhealthcheck.py\nattachments\nerasures\n",
    )
    code, output = stack.run("router", "tanggap", "rules", "explain", "sampah numpuk di pasar")
    assert code == 0
    assert "DLH" in output


def test_secrets_lie_behind_a_folder_that_only_its_owner_enters(stack: Stack) -> None:
    assert stack.secrets.stat().st_mode & 0o777 == 0o700
    for path in stack.secrets.iterdir():
        assert path.stat().st_mode & 0o777 == 0o444, path.name
