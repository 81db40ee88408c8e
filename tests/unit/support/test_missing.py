import pytest

from tests.support import rabbitmq_home
from tests.support.missing import NotInstalled, skip_or_fail


def test_a_missing_server_skips_on_ones_own_machine(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install x"):
        skip_or_fail(NotInstalled("X is not installed: apt-get install x"))


def test_a_missing_server_fails_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install x"):
        skip_or_fail(NotInstalled("X is not installed: apt-get install x"))


def test_rabbitmq_not_found_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(rabbitmq_home, "SCRIPT_FOLDERS", (str(tmp_path),))
    with pytest.raises(NotInstalled, match="rabbitmq-server"):
        rabbitmq_home.script_folder()


def test_the_newest_rabbitmq_is_taken(monkeypatch, tmp_path):
    for version in ("3.9.13", "3.10.8", "4.0.5"):
        folder = tmp_path / f"rabbitmq_server-{version}" / "sbin"
        folder.mkdir(parents=True)
        for name in ("rabbitmq-server", "rabbitmqctl"):
            (folder / name).touch()
    monkeypatch.setattr(rabbitmq_home, "SCRIPT_FOLDERS", (f"{tmp_path}/rabbitmq_server-*/sbin",))
    assert rabbitmq_home.script_folder().parent.name == "rabbitmq_server-4.0.5"
