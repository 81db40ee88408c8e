import socket
import subprocess
import sys

from tests.support.ports import FIRST_PORT, LAST_PORT, free_port


def test_ports_are_free_and_each_is_given_once():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST_PORT <= port <= LAST_PORT for port in ports)
    for port in ports:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_another_process_is_not_given_a_port_of_ours():
    code = f"from tests.support import ports; print(ports._claim({free_port()}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
