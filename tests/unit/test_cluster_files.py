"""The cluster's override, its balancer and its nodes name each other alike."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.commands.secret_files import KEYS
from services.composition import PROCESSES

FOLDER = Path(__file__).parents[2] / "deploy/cluster"
BALANCER = (FOLDER / "haproxy.cfg").read_text()
NODES = ("rabbitmq", "rabbitmq-2", "rabbitmq-3")


class _Loader(yaml.SafeLoader):
    """Knows compose's own tags."""


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else None


for tag in ("!override", "!reset"):
    _Loader.add_constructor(tag, _plain)
STACK = yaml.load((FOLDER / "compose.yml").read_text(), _Loader)


@pytest.mark.parametrize("process", PROCESSES)
def test_the_balancer_finds_both_of_each_service(process: str) -> None:
    service = STACK["services"][process]
    assert service["deploy"]["replicas"] == 2
    (alias,) = service["networks"]["back"]["aliases"]
    assert re.search(rf"server-template ready \d {alias}:\d+", BALANCER)


def test_services_ask_each_other_where_the_balancer_listens() -> None:
    addresses = [value for name, value in STACK["x-settings"].items() if name.endswith("_URL")]
    assert len(addresses) == 4
    for address in addresses:
        assert re.search(rf"bind :{address.removeprefix('http://balancer:')}\n", BALANCER)


def test_the_nodes_are_those_that_the_balancer_and_the_nodes_themselves_know() -> None:
    conf = (FOLDER / "rabbitmq.conf").read_text()
    assert re.findall(r"nodes\.\d = rabbit@(\S+)", conf) == list(NODES)
    assert set(NODES) <= set(STACK["services"])
    for node in ("rabbitmq-1", *NODES[1:]):
        assert f"server {node} {node}:5672" in BALANCER


def test_the_nodes_cookie_is_made_with_the_other_secrets() -> None:
    assert set(STACK["secrets"]) == {"erlang_cookie"}
    assert "erlang_cookie" in KEYS


def test_what_is_stopped_has_time_to_drain_answer_and_end() -> None:
    grace = int(STACK["x-twice"]["stop_grace_period"].removesuffix("s"))
    drain = int(re.findall(r":-(\d+)}", STACK["x-settings"]["TANGGAP_DRAIN_SECONDS"])[0])
    assert grace > drain + 5 + 8
