"""The TLS port for agencies outside, as deploy/rabbitmq/agencies.conf opens it: the example client, by `amqps`."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.commands.certificate import self_signed
from tests.integration.agencies import open_city
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT

pytestmark = pytest.mark.xdist_group("rabbitmq")

CLIENT = ROOT / "deploy/examples/agency_client.py"


def tls_config(folder: Path, port: int) -> str:
    """As it is shipped, with the test's own certificate and port."""
    certificate, key = self_signed(["localhost"], datetime.now(UTC))
    text = (ROOT / "deploy/rabbitmq/agencies.conf").read_text()
    for name, content in (("tls_certificate.pem", certificate), ("tls_key.pem", key)):
        (folder / name).write_text(content)
        text = text.replace(f"/run/secrets/{name}", str(folder / name))
    changed = text.replace("listeners.ssl.default = 5671", f"listeners.ssl.1 = 127.0.0.1:{port}")
    assert changed != text
    return changed


def test_an_agency_fetches_its_cases_over_tls_and_trusts_no_other_certificate(tmp_path: Path) -> None:
    port = free_port()
    try:
        node = RabbitNode(tls_config(tmp_path, port))
    except NotInstalled as problem:
        skip_or_fail(problem)
    with node:
        (tmp_path / "data").mkdir()
        city = open_city(node, tmp_path / "data")
        public = f"amqps://localhost:{port}/tanggap"
        said = city.shell.run("agency", "amqp", "add", "DLH", "--json", TANGGAP_AGENCY_BROKER_URL=public)
        url = said.json()["url"]
        assert (urlsplit(url).scheme, urlsplit(url).hostname, urlsplit(url).port) == ("amqps", "localhost", port)
        with Witness(city.url("notifier")) as notifier:
            notifier.publish_raw("tanggap.agencies", "DLH", b"{}", message_id="t-1")
        trusting = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(tmp_path / "tls_certificate.pem")}
        for name, env in (("stranger", {"PATH": os.environ["PATH"]}), ("agency", trusting)):
            folder = tmp_path / name
            with Process([sys.executable, CLIENT, url, folder], log=tmp_path / f"{name}.log", env=env) as client:
                if name == "stranger":
                    client.wait_for_output("CERTIFICATE_VERIFY_FAILED", 20)
                else:
                    eventually((folder / "t-1.json").exists, 20, describe=client.tail)
        assert not list((tmp_path / "stranger").iterdir())
