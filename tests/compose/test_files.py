"""What can be said of the stack's files without an engine."""

import re
from pathlib import Path

import yaml

from services.desk.api.document import FILE as SCHEMAS
from services.desk.api.endpoints import PATH as AGENCY_API
from services.desk.assisted import typed as assisted
from services.desk.views import assisted as assisted_views
from services.desk.working.files import MOST_PHOTO_BYTES
from services.intake.photos import uploads as photos
from shared.config import VARIABLES
from shared.web.base import MOST_REQUEST_BYTES

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
FOR_AGENCIES = (ROOT / "deploy/rabbitmq/agencies.yml").read_text()
DOCUMENT = yaml.safe_load(COMPOSE)
KNOWN = {variable.name: variable for variable in VARIABLES}


def test_every_variable_of_the_stack_is_documented() -> None:
    documented = set(re.findall(r"`(STACK_[A-Z_]+)`", (ROOT / "docs/operations.md").read_text()))
    assert set(re.findall(r"\$\{(STACK_[A-Z_]+)", COMPOSE + FOR_AGENCIES)) == documented


def test_the_stack_sets_and_passes_on_only_variables_that_exist() -> None:
    named = set(re.findall(r"\b(TANGGAP_[A-Z0-9_]+?)(?:_FILE)?(?=[:}=\s-])", COMPOSE + FOR_AGENCIES))
    assert named <= set(KNOWN), named - set(KNOWN)


def test_a_secret_reaches_a_service_as_a_file_only() -> None:
    for name, service in DOCUMENT["services"].items():
        for variable in service.get("environment", {}):
            assert not (variable in KNOWN and KNOWN[variable].secret), f"{name} has {variable} in its environment"


def test_every_service_has_exactly_the_secrets_that_it_reads() -> None:
    for name, service in DOCUMENT["services"].items():
        read = {
            value.removeprefix("/run/secrets/")
            for value in map(str, service.get("environment", {}).values())
            if value.startswith("/run/secrets/")
        }
        given = set(service.get("secrets", []))
        by_file = {"rabbitmq": {"rabbitmq_definitions.json"}, "proxy": {"tls_certificate.pem", "tls_key.pem"}}
        assert given == read | by_file.get(name, set()), name


def test_only_an_operator_s_container_may_administer_the_broker() -> None:
    holders = {name for name, one in DOCUMENT["services"].items() if "admin_management_url" in one.get("secrets", [])}
    assert holders == {"operator"}
    assert DOCUMENT["services"]["operator"]["profiles"] == ["tools"], "and it runs only when it is called"


def test_a_body_that_a_service_takes_passes_the_proxy() -> None:
    template = (ROOT / "deploy/proxy/templates/tanggap.conf.template").read_text()
    megabytes = [int(number) for number in re.findall(r"client_max_body_size (\d+)m;", template)]
    assert len(megabytes) == 3
    assert megabytes[0] * 1024**2 > MOST_REQUEST_BYTES
    assert megabytes[1] * 1024**2 > photos.MOST_REQUEST_BYTES
    assert megabytes[2] * 1024**2 > MOST_PHOTO_BYTES
    (paths,) = re.findall(r"location ~ (\S+) \{", template)
    for path in ("/complaints", "/complaints/CMH-1/additions", "/open311/v2/requests.json", "/open311/v2/requests.xml"):
        assert re.search(paths, path), path
    for path in ("/", "/complaints/CMH-1", "/api/v1/complaints", "/sms/kannel", "/open311/v2/services.json"):
        assert not re.search(paths, path), path


def test_photos_for_the_desk_pass_the_proxy() -> None:
    included = (ROOT / "deploy/proxy/templates/desk.inc").read_text()
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", included)
    assert int(megabytes) * 1024**2 > assisted.MOST_PHOTOS * assisted.MOST_PHOTO_BYTES + 5_000_000
    (paths,) = re.findall(r"location ~ (\S+) \{", included)
    for path in ("/cases/CMH-1/answer", assisted_views.PATH, f"{AGENCY_API}/cases/CMH-1/photos"):
        assert re.search(paths, path), path
    for path in ("/", "/cases/CMH-1/close", f"{AGENCY_API}/cases/CMH-1/answer"):
        assert not re.search(paths, path), path


def test_the_image_has_the_schemas_that_the_agencies_api_shows() -> None:
    assert f"!{SCHEMAS.parent.relative_to(ROOT)}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_secrets_and_data_stay_out_of_the_image_and_the_repository() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*", "everything is left out but what is named"
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
