"""What the receiver's side says of a delivery: kept always, acted upon where it leads somewhere."""

import pytest

from services.notifier.delivery import CITIZEN
from shared.errors import Transient
from tests.integration.notifier_feedback.world import World, bounce, report


def test_a_delivery_that_arrived_is_settled_once(world: World) -> None:
    sent = world.sent()
    for _ in range(2):
        world.hear(report(sent, "delivered", "dsn_2_0_0"))
    assert (world.row(sent)["state"], world.row(sent)["reason"]) == ("delivered", "dsn_2_0_0")
    assert world.effects() == ["settled", "none"]
    assert world.said() == [("email", "delivered")]


def test_what_was_uncertain_is_settled_by_a_report(world: World) -> None:
    uncertain = world.sent(state="uncertain")
    world.hear(report(uncertain, "delivered", "dsn_2_0_0"))
    assert world.row(uncertain)["state"] == "delivered"


def test_what_came_back_goes_on_by_another_channel_under_the_same_id(world: World) -> None:
    sent = world.sent(attempts=3)
    world.clock.advance(60)
    world.hear(report(sent), report(sent))
    row = world.row(sent)
    assert (row["state"], row["channel"], row["lane"], row["gave_up"]) == ("pending", "any", "any:DISHUB", ["email"])
    assert (row["attempts"], row["last_problem"], row["finished_at"]) == (0, "dsn_4_4_7", None)
    assert row["since"] == row["due_at"] > row["planned_at"]
    assert row["data"], "the words are needed again"
    assert world.effects() == ["failed_over", "none"], "twice changes nothing"
    assert world.said() == [("email", "failed")]
    assert world.suppressed() == set(), "a mailbox that was full is not one that does not exist"
    assert world.open_alerts() == {"way_given_up email:DISHUB": 1}


def test_without_another_channel_it_failed(world: World) -> None:
    sent = world.sent(recipient="BPBD")
    world.hear(report(sent))
    assert (world.row(sent)["state"], world.row(sent)["reason"]) == ("failed", "dsn_4_4_7")
    assert world.effects() == ["settled"]


def test_an_agency_s_own_list_of_channels_counts(world: World) -> None:
    world.agency(
        "DISHUB", {"email": "d@cimahi.example", "webhook": "https://d.example"}, revision=2, channels=["email"]
    )
    sent = world.sent()
    world.hear(report(sent))
    assert world.row(sent)["state"] == "failed"


def test_words_that_are_gone_cannot_go_on(world: World) -> None:
    sent = world.sent(data={})
    world.hear(report(sent))
    assert world.row(sent)["state"] == "failed"


def test_a_citizen_s_message_goes_on_although_only_intake_knows_the_contact(world: World) -> None:
    sent = world.sent(recipient=CITIZEN)
    world.hear(report(sent))
    assert (world.row(sent)["lane"], world.row(sent)["gave_up"]) == ("any:citizen", ["email"])
    again = world.sent("c2", recipient=CITIZEN, channel="sms", gave_up=["email"])
    world.hear(report(again, channel="sms", reason="dlr_2"))
    assert world.row(again)["state"] == "failed", "both were tried"
    assert world.open_alerts() == {}, "citizens' ways are their own affair"


def test_a_report_before_the_attempt_s_own_answer_is_heard_again(world: World) -> None:
    sending = world.sent(state="sending", finished_at=None)
    with pytest.raises(Transient) as caught:
        world.hear(bounce(sending))
    assert caught.value.code == "attempt_not_ended"
    assert (world.effects(), world.suppressed()) == ([], set()), "nothing is half done"
    world.change(sending, state="sent")
    world.hear(bounce(sending))
    assert world.effects() == ["failed_over"]


def test_a_delivery_that_has_moved_on_belongs_to_its_new_channel(world: World) -> None:
    moved = world.sent(channel="webhook", gave_up=["email"])
    sending = world.sent("c2", channel="webhook", gave_up=["email"], state="sending")
    world.hear(report(moved, "delivered", "dsn_2_0_0"), report(moved), report(sending))
    assert [world.row(one)["state"] for one in (moved, sending)] == ["sent", "sending"]
    assert world.effects() == ["none", "none", "none"]
    world.hear(bounce(moved))
    assert world.effects()[-1] == "suppressed", "that the address does not exist is true whatever became of the message"
    assert world.said() == []


def test_what_waits_or_is_unknown_is_not_moved(world: World) -> None:
    (waiting,) = world.store(world.plan())
    world.hear(report(waiting, "delivered"), report("nobody"))
    assert world.row(waiting)["state"] == "pending"
    assert world.effects() == ["none", "unknown"]
    assert [row["recipient"] for row in world.rows("reports")] == ["DISHUB", ""]


def test_a_delay_and_a_machine_s_answer_are_kept_and_change_nothing(world: World) -> None:
    sent = world.sent()
    world.hear(report(sent, "delayed", "dsn_4_4_1"), report(sent, "delivered", "auto_reply"))
    assert world.row(sent)["state"] == "sent"
    assert world.effects() == ["none", "none"]
    assert world.said() == []


@pytest.mark.parametrize(
    ("changes", "suppresses"),
    [
        ({"reason": "dsn_5_1_1"}, True),
        ({"reason": "dsn_5_0_0", "answer": "550 User unknown"}, True),
        ({"reason": "dsn_5_0_0", "answer": "550 refused by policy"}, False),
        ({"reason": "dsn_5_2_2", "answer": "552 mailbox of the user full"}, False),
        ({"reason": "dsn_5_1_8", "answer": "the sender's domain does not resolve"}, False),
        ({"reason": "dsn_5_7_1"}, False),
        ({"channel": "sms", "reason": "dlr_2", "answer": "err:001 Unknown Subscriber"}, True),
        ({"channel": "sms", "reason": "dlr_16", "answer": "NACK/0x0000000b/Invalid Destination Address"}, True),
        ({"channel": "sms", "reason": "dlr_2", "answer": "absent subscriber"}, False),
    ],
)
def test_an_address_that_does_not_exist_is_suppressed(world: World, changes: dict[str, str], suppresses: bool) -> None:
    channel = changes.get("channel", "email")
    sent = world.sent(recipient=CITIZEN, channel=channel)
    world.hear(report(sent, **{"answer": "", **changes}))
    assert world.suppressed() == ({(channel, "key-c1")} if suppresses else set())


def test_a_citizen_s_key_is_that_of_the_present_channel(world: World) -> None:
    moved = world.sent(recipient=CITIZEN, channel="sms", gave_up=["email"])
    never_resolved = world.sent("c2", recipient=CITIZEN, recipient_key=None)
    world.hear(bounce(moved), bounce(never_resolved))
    assert world.suppressed() == set()
