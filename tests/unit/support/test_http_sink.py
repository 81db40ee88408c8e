from collections.abc import Iterator

import pytest
import requests

from tests.support.http_sink import Answer, HttpSink, answer


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_keeps_what_was_sent(sink, client):
    client.get(f"{sink.url}/sms", params={"to": "+62812", "text": "a b&c"})
    client.post(f"{sink.url}/hook?x=1", json={"ticket": "T"}, headers={"X-Signature": "s"})
    client.post(f"{sink.url}/form", data={"text": "lubang", "empty": ""})
    got, posted, form = sink.requests
    assert (got.method, got.path, got.query) == ("GET", "/sms", {"to": "+62812", "text": "a b&c"})
    assert (posted.json(), posted.headers["x-signature"], posted.query) == ({"ticket": "T"}, "s", {"x": "1"})
    assert form.form() == {"text": "lubang", "empty": ""}


def test_answers_as_told(sink, client):
    sink.answer(202, "0: Accepted", retry_after="3")
    sink.answer_next(answer(503), answer(200, {"id": 1}))
    assert client.get(sink.url).status_code == 503
    assert client.get(sink.url).json() == {"id": 1}
    usual = client.get(sink.url)
    assert (usual.status_code, usual.text, usual.headers["Retry-After"]) == (202, "0: Accepted", "3")
    sink.answer_by(lambda request: answer(200, request.path))
    assert client.get(f"{sink.url}/abc").text == "/abc"


def test_keeps_the_request_and_loses_the_answer(sink, client):
    sink.answer_next(Answer(drop=True), Answer(hang=True))
    with pytest.raises(requests.ConnectionError):
        client.post(sink.url, data="1", timeout=5)
    with pytest.raises(requests.ReadTimeout):
        client.post(sink.url, data="2", timeout=0.1)
    assert [request.body for request in sink.wait_for(2)] == [b"1", b"2"]
    sink.release()
    assert client.post(sink.url, data="3").status_code == 200


def test_stops_while_somebody_hangs(client):
    with HttpSink() as sink:
        sink.hang()
        with pytest.raises(requests.ReadTimeout):
            client.get(sink.url, timeout=0.1)
    with pytest.raises(requests.ConnectionError):
        client.get(sink.url, timeout=5)
