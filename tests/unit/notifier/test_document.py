"""What an agency's own system gets, held against its published schema."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.delivery import AMQP, WEBHOOK, Addressee, Delivery, kind_of_message
from services.notifier.writing.letters import Document
from services.notifier.writing.mail import Unaddressable
from services.notifier.writing.specimens import Story, specimens
from shared.contracts.fields import IDENTITIES
from tests.unit.notifier.packs import cimahi_composer
from tests.unit.notifier.samples import NOW

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/agency-message.schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
TO = Addressee(url="https://dinas.example/tanggap", queue="agency.DINAS_A.v1")


def documents(story: Story) -> dict[str, tuple[Delivery, dict[str, Any]]]:
    """By message; what goes to the queue."""
    found = {}
    for specimen in specimens(story):
        if AMQP in specimen.channels:
            letter = cimahi_composer().letter(specimen.delivery, TO, AMQP, NOW)
            assert isinstance(letter, Document)
            kind = kind_of_message(specimen.delivery.message)
            found[kind] = (specimen.delivery, json.loads(letter.content))
    return found


@settings(deadline=None, max_examples=60)
@given(identity=st.sampled_from(IDENTITIES), text=st.text(max_size=300), detail=st.text(max_size=60))
def test_whatever_was_written_the_document_is_of_the_published_shape(identity: str, text: str, detail: str) -> None:
    for _, document in documents(Story(identity=identity, text=text, addition=text, detail=detail)).values():
        VALIDATOR.validate(document)


def test_it_is_a_cloud_event_whose_id_is_the_delivery_s() -> None:
    delivery, document = documents(Story())["case_notice"]
    assert {name: document[name] for name in ("specversion", "id", "source", "type", "subject", "datacontenttype")} == {
        "specversion": "1.0",
        "id": delivery.delivery_id,
        "source": "tanggap/notifier",
        "type": "tanggap.case_notice.v1",
        "subject": delivery.ticket,
        "datacontenttype": "application/json",
    }
    assert document["data"]["agency"] == "DINAS_A"
    assert document["data"]["text"].startswith("Lampu jalan mati")


def test_of_a_confidential_complaint_words_are_kept_back_and_said_to_be() -> None:
    _, document = documents(Story(identity="confidential"))["case_notice"]
    assert (document["data"]["text"], document["data"]["why"], document["data"]["place"]["detail"]) == (None, [], None)
    assert document["data"]["place"]["kelurahan"] == "Padasuka"
    assert documents(Story(identity="confidential"))["case_addition"][1]["data"]["additions"][0]["text"] is None


def test_webhook_and_queue_get_the_same_bytes_each_at_its_address() -> None:
    delivery = next(one.delivery for one in specimens(Story()) if AMQP in one.channels)
    queue, webhook = (cimahi_composer().letter(delivery, TO, channel, NOW) for channel in (AMQP, WEBHOOK))
    assert isinstance(queue, Document)
    assert isinstance(webhook, Document)
    assert queue.content == webhook.content
    assert (queue.to, webhook.to) == ("agency.DINAS_A.v1", "https://dinas.example/tanggap")
    assert (queue.agency, queue.type) == (delivery.recipient, "tanggap.case_notice.v1")


@pytest.mark.parametrize("channel", [AMQP, WEBHOOK])
def test_an_agency_without_the_address_cannot_be_written_to(channel: str) -> None:
    delivery = next(one.delivery for one in specimens(Story()) if AMQP in one.channels)
    with pytest.raises(Unaddressable):
        cimahi_composer().letter(delivery, Addressee(email="a@dinas.example"), channel, NOW)


def test_half_a_sign_does_not_break_it() -> None:
    delivery, _ = documents(Story())["case_notice"]
    broken = dataclasses.replace(delivery, data={**delivery.data, "text": "half \ud800"})
    assert json.loads(cimahi_composer().document(broken, "q").content)["data"]["text"] == "half ?"


@pytest.mark.parametrize(
    "change",
    [{"type": "tanggap.case_closed.v1"}, {"id": ""}, {"specversion": "0.3"}, {"data": {}}, {"data": {"text": 1}},
     {"time": "yesterday"}],
)  # fmt: skip
def test_the_schema_refuses_what_is_none(change: dict[str, Any]) -> None:
    _, document = documents(Story())["case_notice"]
    assert not VALIDATOR.is_valid({**document, **change})
