"""Who wants no messages by a channel gets them by another one, or none."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifier.delivery import CHANNELS, Addressee
from services.notifier.planning.citizens import plan_receipt
from services.notifier.sending.contacts import Resolved
from services.notifier.sending.judgement import Circumstances, End, HandOver, Send, judge
from shared.gsm import SINGLE, segments, septets
from tests.unit.notifier.samples import CODE, NOW, as_delivery, composer, received

ALL = frozenset(CHANNELS)


def found(suppressed: Any, *, email: str = "", phone: str = "", channel: str = "sms") -> Circumstances:
    contact = {"email": email, "phone": phone, "name": None, "suppressed": suppressed}
    return Circumstances(channel=channel, configured=ALL, now=NOW, resolved=Resolved({"ref-c1": contact}, {"c1": CODE}))


def receipt(channel: str = "any") -> Any:
    delivery = as_delivery(plan_receipt(received(), NOW))
    object.__setattr__(delivery, "channel", channel)
    return delivery


def test_a_number_that_wants_no_messages_gets_mail_if_there_is_an_address() -> None:
    both = {"email": "b@example.org", "phone": "+62811"}
    mail = Send(Addressee("b@example.org", "", "", CODE))
    assert judge(receipt(), found(["sms"], **both, channel="email")) == mail
    assert judge(receipt("sms"), found(["sms"], **both)) == HandOver("email"), "it was handed over before the wish came"
    assert judge(receipt(), found(["email"], **both)) == Send(Addressee("", "+62811", "", CODE))


@pytest.mark.parametrize("channel", ["any", "sms"])
def test_without_another_way_it_is_skipped(channel: str) -> None:
    assert judge(receipt(channel), found(["sms"], phone="+62811")) == End("skipped", "suppressed", "none")
    assert judge(receipt(channel), found([], phone="+62811")) == Send(Addressee("", "+62811", "", CODE))


def test_a_wish_that_cannot_be_read_changes_nothing() -> None:
    assert isinstance(judge(receipt(), found("sms", phone="+62811")), Send)


@pytest.mark.parametrize(("asks", "words"), [([], ""), (["what", "where"], "apa masalahnya, di mana tempatnya?")])
def test_the_receipt_asks_back_in_two_messages_at_most(asks: list[str], words: str) -> None:
    delivery = as_delivery(plan_receipt(received(asks=asks), NOW))
    sms = composer().sms(delivery, Addressee(phone="+6281200001234", tracking_code=CODE))
    assert segments(sms.text) <= 2
    assert words in sms.text
    assert ("balas SMS ini" in sms.text) is bool(asks)
    assert septets(sms.text) > SINGLE or not asks
