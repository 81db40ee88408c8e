"""What intake tells of its channels: how many today, by the city's day, and when the last came."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from services.intake.vitals import CHANNELS, ChannelLook, mailbox_look
from shared.ids import new_id
from shared.vitals.looking import Looking, look_round
from shared.vitals.sign import Sign
from tests.unit.intake.building import Intake, intake, submission

JAKARTA = ZoneInfo("Asia/Jakarta")


def looked(look: ChannelLook, built: Intake) -> dict[str, tuple[float | None, str]]:
    signs = look_round([Looking(look.probe(), built.clock)], 5)
    return {sign.about: (sign.value, str(sign.facts.get("last_at", ""))) for sign in signs}


def test_a_day_begins_at_midnight_in_the_city(tmp_path: Path) -> None:
    with intake(f"sqlite:///{tmp_path / 'intake.db'}") as built:
        first = built.clock.moment
        for channel in ("web", "web", "sms", "api"):
            built.door.accept(submission(channel=channel, text=f"Laporan {channel}", provider_id=new_id()))
        look = ChannelLook(built.database, built.clock, JAKARTA)
        found = looked(look, built)
        assert (found["web"], found["sms"], found["api"]) == (
            (2, first.isoformat()), (1, first.isoformat()), (1, first.isoformat()),
        )  # fmt: skip
        assert found["email"] == (0, "")
        assert list(found)[: len(CHANNELS)] == list(CHANNELS)
        built.clock.moment = first + timedelta(days=1)
        built.door.accept(submission(channel="sms", text="Laporan lain"))
        found = looked(look, built)
        assert found["web"] == (0, first.isoformat()), "the last one is remembered"
        assert found["sms"] == (1, built.clock.moment.isoformat())
        again = looked(ChannelLook(built.database, built.clock, JAKARTA), built)
        assert again["web"] == (0, first.isoformat()), "and looked up by a process that begins"


def test_a_mailbox_is_up_until_something_keeps_the_poller_from_it() -> None:
    trouble = [""]
    look = mailbox_look(lambda: trouble[0])
    assert look() == [Sign("mailbox", "ok", 1.0)]
    trouble[0] = "mailbox_login"
    assert look() == [Sign("mailbox", "problem", 0.0, facts={"problem": "mailbox_login"})]
