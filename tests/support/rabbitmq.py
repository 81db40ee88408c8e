"""A real RabbitMQ node of the tests' own: private ports, data, cookie and port mapper; loopback only.

Works for root and for ordinary users, from RabbitMQ 3.10 on. The packaged node is neither needed nor touched.
"""

import subprocess
from typing import Any, Self
from urllib.parse import quote

import pika
import requests

from tests.support.eventually import eventually
from tests.support.folders import remove_folder
from tests.support.processes import Process
from tests.support.rabbitmq_home import DISK_LIMIT, MEMORY_LIMIT, NodeHome

ADMIN = ("guest", "guest")
MEMORY, DISK = "memory", "disk space"
START_SECONDS = 60
# Graceful stop: 1 s for the node, 5 s more that the management plugin takes for itself. `kill9` takes none of it.
STOP_SECONDS = 30
ANSWER_SECONDS = 5
API_SECONDS = 20  # the first deletion of a vhost after a kill -9 takes RabbitMQ a little more than 5


class RabbitNode:
    """One node; `start` it, `close` it at the end (or use it as a context manager).

    Data survive `stop`, `kill9` and `restart`; `close` removes them. `guest`/`guest` is its administrator.
    """

    def __init__(self, extra_config: str = "") -> None:
        """Raises NotInstalled. `extra_config` is appended to rabbitmq.conf."""
        self.home = NodeHome(extra_config)
        folder, environment = self.home.folder, self.home.environment()
        self.port = self.home.amqp_port
        self.server = Process(
            [self.home.scripts / "rabbitmq-server"],
            log=folder / "log/console.log",
            env=environment,
            cwd=folder,
            name="rabbitmq-server",
        )
        self._epmd = Process(
            [self.home.epmd, "-address", "127.0.0.1", "-port", str(self.home.epmd_port)],
            log=folder / "log/epmd.log",
            env=environment,
            cwd=folder,
        )

    def start(self) -> Self:
        """Return once it takes AMQP logins and administration, on whatever data it had."""
        if not self._epmd.alive:
            self._epmd.kill9()
            self._epmd.start()
        self.server.kill9()
        self.server.start()
        eventually(self._answers, START_SECONDS, every=0.1, describe=self.tail)
        return self

    def stop(self) -> None:
        """An orderly stop (SIGTERM). Raises TimeoutError if it had to be killed in the end."""
        self.server.terminate(STOP_SECONDS)

    def kill9(self) -> None:
        """SIGKILL to the Erlang machine and all around it, at one moment.

        Seen on 3.10: a quorum queue declared less than about 3 s before does not come back with its messages, confirmed
        ones included, since its name was not on disk yet. Call `settle` before, unless just that is to be shown.
        """
        self.server.kill9()

    def settle(self) -> None:
        """Have what was declared so far written to disk, so that only what happens from now on is at risk."""
        self.ctl("eval", "[dets:sync(Table) || Table <- dets:all()].")

    def restart(self) -> None:
        """An orderly stop, if it runs, and a start on the same data."""
        if self.server.alive:
            self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay, nothing is answered. Don't administer it before `resume`."""
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()

    def heal(self) -> None:
        """Make it usable again whatever a test did to it: thawed, running, without an alarm."""
        if self.server.paused:
            self.resume()
        if not self.server.alive:
            self.start()
        alarms = self.alarms()
        if MEMORY in alarms:
            self.memory_alarm(False)
        if DISK in alarms:
            self.disk_alarm(False)

    def close(self) -> None:
        """End it at once and remove its data."""
        self.server.kill9()
        self._epmd.kill9()
        remove_folder(self.home.folder)

    def ctl(self, *args: str, timeout: float = 60) -> str:
        """Output of `rabbitmqctl -q ARGS` (0.4 s each). Raises AssertionError with its messages if it failed."""
        command = [str(self.home.scripts / "rabbitmqctl"), "-q", *args]
        done = subprocess.run(
            command, env=self.home.environment(), cwd=self.home.folder, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, f"rabbitmqctl {' '.join(args)}: {done.returncode}\n{done.stderr}{done.stdout}"
        return done.stdout

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the management API, path without `/api/`; JSON, or None without content. Raises HTTPError."""
        answer = self._request(method, path, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def create_vhost(self, name: str) -> str:
        """Create it with all rights for the administrator; return the administrator's URL of it."""
        self.api("PUT", f"vhosts/{_part(name)}", {})
        self.set_permissions(name, ADMIN[0], ".*", ".*", ".*")
        return self.url(name)

    def delete_vhost(self, name: str) -> None:
        """With all its queues; its connections are closed."""
        self.api("DELETE", f"vhosts/{_part(name)}")

    def create_user(self, name: str, password: str, tags: str = "") -> None:
        """A user without any permission yet; an existing one gets this password."""
        self.api("PUT", f"users/{_part(name)}", {"password": password, "tags": tags})

    def delete_user(self, name: str) -> None:
        self.api("DELETE", f"users/{_part(name)}")

    def set_permissions(self, vhost: str, user: str, configure: str, write: str, read: str) -> None:
        """Regular expressions over the names of queues and exchanges, `^$` for none."""
        rights = {"configure": configure, "write": write, "read": read}
        self.api("PUT", f"permissions/{_part(vhost)}/{_part(user)}", rights)

    def memory_alarm(self, on: bool) -> None:
        """Raise or clear the memory alarm; returns once it is so. Under it publishers block and consumers go on."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "1MB" if on else MEMORY_LIMIT)
        eventually(lambda: (MEMORY in self.alarms()) is on, ANSWER_SECONDS, describe=self.tail)

    def disk_alarm(self, on: bool) -> None:
        """As `memory_alarm`: the node is told that it needs more free disk than any machine has."""
        self.ctl("set_disk_free_limit", "1000000GB" if on else DISK_LIMIT)
        eventually(lambda: (DISK in self.alarms()) is on, ANSWER_SECONDS, describe=self.tail)

    def alarms(self) -> list[str]:
        """The resource alarms in force: `MEMORY`, `DISK`."""
        answer = self._request("GET", "health/checks/local-alarms")
        return [alarm["resource"] for alarm in answer.json().get("alarms", [])]

    def close_connections(self, vhost: str, reason: str = "closed by a test") -> None:
        """Cut every client of a vhost off, as an operator would; they may come back at once."""
        self.ctl("close_all_connections", "--vhost", vhost, reason)

    def queue_depths(self, vhost: str) -> dict[str, int]:
        """Messages ready in each queue, asked of the queues themselves now (the statistics lag by seconds).

        What consumers hold unacknowledged is not in it. -1 for a queue that does not answer.
        """
        listed = self.api("GET", f"queues/{_part(vhost)}?disable_stats=true&columns=name")
        connection = pika.BlockingConnection(self._parameters(vhost))
        try:
            return {queue["name"]: _depth(connection, queue["name"]) for queue in listed}
        finally:
            connection.close()

    def url(self, vhost: str = "/", user: str = ADMIN[0], password: str = ADMIN[1]) -> str:
        return f"amqp://{_part(user)}:{_part(password)}@127.0.0.1:{self.port}/{_part(vhost)}"

    def tail(self, n: int = 40) -> str:
        """The last lines of the node's own log and of what its start script wrote."""
        log = self.home.folder / "log/rabbit.log"
        lines = log.read_text(errors="replace").splitlines()[-n:] if log.exists() else []
        return "\n".join([self.server.tail(n), f"--- {log}", *lines])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answers(self) -> bool:
        assert self.server.alive, "rabbitmq-server has ended"
        pika.BlockingConnection(self._parameters("/")).close()
        return bool(self.api("GET", "vhosts?columns=name"))

    def _request(self, method: str, path: str, body: Any = None) -> requests.Response:
        url = f"http://127.0.0.1:{self.home.http_port}/api/{path}"
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the surroundings has no business here
            return session.request(method, url, json=body, auth=ADMIN, timeout=API_SECONDS)

    def _parameters(self, vhost: str) -> pika.URLParameters:
        parameters = pika.URLParameters(self.url(vhost))
        parameters.socket_timeout = parameters.stack_timeout = ANSWER_SECONDS
        parameters.blocked_connection_timeout = ANSWER_SECONDS
        return parameters


def _depth(connection: pika.BlockingConnection, queue: str) -> int:
    channel = connection.channel()
    try:
        depth: int = channel.queue_declare(queue, passive=True).method.message_count
    except pika.exceptions.ChannelClosedByBroker:
        return -1
    channel.close()
    return depth


def _part(name: str) -> str:
    return quote(name, safe="")
