"""The stack with three brokers, two of every service and a balancer: started, looked at, and asked who leads what."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import docker
import requests
from docker.models.containers import Container

from tests.compose.stack import SERVICES, Stack
from tests.support.eventually import eventually

NODES = ("rabbitmq", "rabbitmq-2", "rabbitmq-3")
EVERYTHING = (*SERVICES, *NODES, "postgres", "proxy", "balancer")
REPLICAS = 2
WHOLE_SECONDS, NODES_SECONDS = 120, 240


@dataclass(frozen=True)
class QueueView:
    """One queue as the broker's management tells it; nodes by the names that compose gives them."""

    name: str
    leader: str
    members: frozenset[str]
    online: frozenset[str]
    published: int


class ClusterStack(Stack):
    """Where a service has several containers, `containers` names one that runs."""

    files = ("docker-compose.yml", "deploy/cluster/compose.yml")

    def __init__(self, client: docker.DockerClient, folder: Path) -> None:
        super().__init__(client, folder, "cluster")

    def replicas(self, service: str) -> list[Container]:
        labels = [f"com.docker.compose.project={self.project}", f"com.docker.compose.service={service}"]
        found = self.client.containers.list(all=True, filters={"label": labels})
        return sorted(found, key=lambda container: str(container.name))

    def containers(self) -> dict[str, Container]:
        ours = self.client.containers.list(all=True, filters={"label": f"com.docker.compose.project={self.project}"})
        by_service = sorted(ours, key=lambda container: container.status == "running")
        return {container.labels["com.docker.compose.service"]: container for container in by_service}

    def await_healthy(self, *services: str, deadline_seconds: float = WHOLE_SECONDS) -> None:
        """All containers of these services, or of all."""
        for service in services or EVERYTHING:
            wanted = REPLICAS if service in SERVICES else 1
            eventually(
                lambda one=service, count=wanted: self._are_healthy(one, count),
                deadline_seconds, every=0.5, describe=self.describe,
            )  # fmt: skip

    def await_whole(self) -> None:
        """Everything is healthy, and each queue has its three members online."""
        self.await_healthy()
        self.await_nodes()

    def await_nodes(self) -> None:
        """Each queue has its three members online: that is what counts, and the engine's own view comes later."""
        eventually(self._has_all_members, NODES_SECONDS, every=1, describe=self._queues_told)

    def queues(self) -> list[QueueView]:
        """Nothing while no node answers."""
        for container in (self.containers()[node] for node in NODES):
            views = self._ask(container) if container.status == "running" else None
            if views is not None:
                return views
        return []

    def leader_of(self, name: str) -> str:
        """The service whose container leads the queue. Waits until somebody does."""

        def leader() -> str:
            return next((queue.leader for queue in self.queues() if queue.name == name), "")

        return str(eventually(leader, 60, every=0.5, describe=self._queues_told))

    def busiest_queue(self) -> str:
        return max(self.queues(), key=lambda queue: queue.published).name

    def _has_all_members(self) -> bool:
        views = self.queues()
        return bool(views) and all(view.leader and view.online == frozenset(NODES) for view in views)

    def _are_healthy(self, service: str, count: int) -> bool:
        states = [container.attrs["State"] for container in self.replicas(service)]
        return len(states) >= count and all(state.get("Health", {}).get("Status") == "healthy" for state in states)

    def _ask(self, container: Container) -> list[QueueView] | None:
        """Straight to the node: the balancer's own choice is what is being tried."""
        addresses = [one["IPAddress"] for one in container.attrs["NetworkSettings"]["Networks"].values()]
        account = urlsplit(self.secret("admin_management_url"))
        vhost = quote("tanggap", safe="")
        for address in filter(None, addresses):
            try:
                answer = requests.get(
                    f"http://{address}:15672/api/queues/{vhost}", timeout=3,
                    auth=(account.username or "", account.password or ""),
                )  # fmt: skip
                answer.raise_for_status()
                return _views(answer.json())
            except (requests.RequestException, ValueError):
                continue
        return None

    def _queues_told(self) -> str:
        return "\n".join(
            f"{view.name}: led by {view.leader}, online {sorted(view.online)} of {sorted(view.members)}"
            for view in self.queues()
        )


def _views(told: Iterable[dict[str, Any]]) -> list[QueueView]:
    return [
        QueueView(
            name=str(one["name"]),
            leader=_service(one.get("leader") or ""),
            members=frozenset(map(_service, one.get("members") or ())),
            online=frozenset(map(_service, one.get("online") or ())),
            published=int((one.get("message_stats") or {}).get("publish", 0)),
        )
        for one in told
    ]


def _service(node: str) -> str:
    return str(node).removeprefix("rabbit@")
