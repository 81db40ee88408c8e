"""Where RabbitMQ's programs are, and the folder, settings and environment of a node that shares nothing with others."""

import os
import re
import secrets
import shutil
from glob import glob
from pathlib import Path

from tests.support.folders import open_folder
from tests.support.missing import NotInstalled
from tests.support.ports import free_port

# The scripts themselves, not the ones on the PATH: distributions put a wrapper there that switches to the user
# `rabbitmq` and to the packaged node's folders.
SCRIPT_FOLDERS = (
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/usr/lib/rabbitmq/bin",
    "/opt/rabbitmq/sbin",
    "/opt/rabbitmq_server-*/sbin",
    "/usr/local/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
)
ERLANG_FOLDERS = ("/usr/lib/erlang/bin", "/usr/local/lib/erlang/bin", "/opt/erlang/lib/erlang/bin")
MEMORY_LIMIT, DISK_LIMIT = "2GB", "50MB"

CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp_port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {http_port}
log.console = false
log.file = {folder}/log/rabbit.log
log.file.level = info
vm_memory_high_watermark.absolute = {memory_limit}
disk_free_limit.absolute = {disk_limit}
raft.wal_max_size_bytes = 67108864
"""


def script_folder() -> Path:
    """The newest RabbitMQ's folder of inner scripts. Raises NotInstalled."""
    found = [Path(match) for pattern in SCRIPT_FOLDERS for match in glob(pattern)]
    usable = [folder for folder in found if (folder / "rabbitmq-server").exists() and (folder / "rabbitmqctl").exists()]
    if not usable:
        raise NotInstalled("RabbitMQ is not installed: apt-get install rabbitmq-server")
    return max(usable, key=_version)


def epmd_program() -> Path:
    """Erlang's port mapper. Raises NotInstalled."""
    on_path = shutil.which("epmd")
    places = [Path(on_path)] if on_path else []
    places += [Path(folder) / "epmd" for folder in ERLANG_FOLDERS]
    for place in places:
        if place.exists():
            return place
    raise NotInstalled("Erlang's epmd is not installed: apt-get install rabbitmq-server")


class NodeHome:
    """Folder, ports, configuration and environment of one node; nothing runs yet."""

    def __init__(self, extra_config: str = "") -> None:
        self.scripts = script_folder()
        self.epmd = epmd_program()
        self.folder = open_folder("tanggap-rabbit-")
        self.amqp_port, self.http_port, self.distribution_port, self.epmd_port = (free_port() for _ in range(4))
        self.node_name = f"tanggap{self.amqp_port}@localhost"
        for name in ("mnesia", "log", "home", "etc/conf.d", "generated"):
            (self.folder / name).mkdir(parents=True)
        self._write("etc/enabled_plugins", "[rabbitmq_management].\n")
        self._write("etc/advanced.config", "[].\n")
        self._write("etc/rabbitmq-env.conf", "")
        self._write("etc/rabbitmq.conf", self._config() + extra_config)
        self._write("home/.erlang.cookie", secrets.token_hex(16)).chmod(0o400)

    def environment(self) -> dict[str, str]:
        """For the server, epmd and rabbitmqctl alike; what is set for another node outside is not taken over."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        etc = self.folder / "etc"
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return inherited | {
            "HOME": str(self.folder / "home"),
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "rabbit.pid"),
            "RABBITMQ_CONF_ENV_FILE": str(etc / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(etc / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(etc / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(etc / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(etc / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            "RABBITMQ_CTL_ERL_ARGS": loopback,
            "RABBITMQ_CTL_DIST_PORT_MAX": "35871",  # the default leaves room for ten commands at a time on one machine
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _config(self) -> str:
        return CONFIG.format(
            amqp_port=self.amqp_port, http_port=self.http_port, folder=self.folder, memory_limit=MEMORY_LIMIT,
            disk_limit=DISK_LIMIT,
        )  # fmt: skip

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def _version(folder: Path) -> tuple[int, ...]:
    match = re.search(r"rabbitmq_server-(\d+(?:\.\d+)*)", str(folder.resolve()))
    return tuple(int(part) for part in match[1].split(".")) if match else ()
