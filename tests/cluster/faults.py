"""What befalls a node of the cluster, or the cluster as a whole. Each returns when everything is whole again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from docker.models.containers import Container

from tests.cluster.stack import NODES, ClusterStack
from tests.compose.stack import SERVICES
from tests.support.eventually import eventually

ROUTING_QUEUE = "router.route-complaint.v1"
DOWN_SECONDS, CUT_SECONDS, FROZEN_SECONDS = 6.0, 25.0, 30.0
STOP_SECONDS = 25
"""What the services have to end in: compose.yml's `stop_grace_period`."""


@dataclass(frozen=True)
class Fault:
    """`strike` gets the number of the turn, so that it may hit another one each time. It is done `times` times."""

    name: str
    strike: Callable[[ClusterStack, int], None]
    times: int


def kill_leader(stack: ClusterStack, turn: int) -> None:
    """Of the busiest queue and of the one that complaints are routed from, in turns."""
    _kill(stack, stack.leader_of(_hit(stack, turn)))


def kill_follower(stack: ClusterStack, turn: int) -> None:
    leader = stack.leader_of(_hit(stack, turn))
    followers = [node for node in NODES if node != leader]
    _kill(stack, followers[turn // 2 % len(followers)])


def cut_off_leader(stack: ClusterStack, turn: int) -> None:
    """From the others and from the balancer. Nobody is told: packets just vanish."""
    node = stack.leader_of(_hit(stack, turn))
    container = stack.containers()[node]
    network = stack.client.networks.get(f"{stack.project}_brokers")
    network.disconnect(container)
    time.sleep(CUT_SECONDS)
    network.connect(container, aliases=["brokers", node, *(["rabbitmq-1"] if node == NODES[0] else [])])
    stack.await_nodes()


def freeze_leader(stack: ClusterStack, turn: int) -> None:
    """Its connections stay open, and nothing answers."""
    container = stack.containers()[stack.leader_of(_hit(stack, turn))]
    container.pause()
    time.sleep(FROZEN_SECONDS)
    container.unpause()
    stack.await_nodes()


def restart_nodes(stack: ClusterStack, turn: int) -> None:
    """One after the other, in an orderly way."""
    for node in NODES:
        stack.containers()[node].restart(timeout=60)
        stack.await_nodes()


def restart_services(stack: ClusterStack, turn: int) -> None:
    """Each container of each, one after the other."""
    for service in SERVICES:
        for container in stack.replicas(service):
            container.restart(timeout=STOP_SECONDS)
            eventually(lambda one=container: _is_healthy(one), 60, every=0.5, describe=stack.describe)
    stack.await_whole()


def menu(leader_kills: int) -> list[Fault]:
    few = max(1, leader_kills // 7)
    return [
        Fault("leader killed", kill_leader, leader_kills),
        Fault("follower killed", kill_follower, few),
        Fault("leader cut off", cut_off_leader, few),
        Fault("leader frozen", freeze_leader, few),
        Fault("brokers restarted in turn", restart_nodes, 1),
        Fault("services restarted in turn", restart_services, 1),
    ]


def _hit(stack: ClusterStack, turn: int) -> str:
    return stack.busiest_queue() if turn % 2 else ROUTING_QUEUE


def _kill(stack: ClusterStack, node: str) -> None:
    container = stack.containers()[node]
    container.kill()
    time.sleep(DOWN_SECONDS)
    container.start()
    stack.await_nodes()


def _is_healthy(container: Container) -> bool:
    container.reload()
    return bool(container.attrs["State"].get("Health", {}).get("Status") == "healthy")
