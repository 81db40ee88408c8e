"""From deliveries that are held to what can be sent now, and what is to become of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.notifier.delivery import FAILED, Delivery
from services.notifier.sending.judgement import Circumstances, End, Judgement, Send, Wait, counts_today, judge
from services.notifier.sending.looking import Lookout
from services.notifier.writing.compose import Composer
from services.notifier.writing.letters import Letter
from services.notifier.writing.mail import Unaddressable
from shared.clock import Clock
from shared.observability.logs import get_logger

log = get_logger("deliveries")


@dataclass(frozen=True)
class Job:
    """A message that is ready to be sent. `others`: the recipient has another channel."""

    delivery: Delivery
    letter: Letter = field(repr=False)
    others: bool = False


@dataclass(frozen=True)
class Sorted:
    """`contacts_away`: intake did not say whom some of them are for."""

    jobs: Sequence[Job]
    decided: Sequence[tuple[Delivery, Judgement]]
    contacts_away: bool = False


@dataclass(frozen=True)
class Sorter:
    lookout: Lookout
    composer: Composer
    clock: Clock

    def sort(self, channel: str, held: Sequence[Delivery]) -> Sorted:
        """For the worker of a channel; for `any` nothing is ever ready."""
        found = self.lookout.look(channel, held, self.clock.now())
        sent = Counter(found.sent_today)
        found = replace(found, sent_today=sent)  # what goes out now counts for the rest of the batch
        jobs: list[Job] = []
        decided: list[tuple[Delivery, Judgement]] = []
        for delivery in held:
            judgement = judge(delivery, found)
            if isinstance(judgement, Send):
                letter = self._compose(delivery, judgement, found)
                if not isinstance(letter, End | Wait):
                    sent[judgement.to.key] += 1 if counts_today(delivery) else 0
                    jobs.append(Job(delivery, letter, judgement.others))
                    continue
                judgement = letter
            decided.append((delivery, judgement))
        return Sorted(jobs, decided, contacts_away=found.resolved is None)

    def _compose(self, delivery: Delivery, send: Send, found: Circumstances) -> Letter | End | Wait:
        try:
            return self.composer.letter(delivery, send.to, found.channel, found.now)
        except Unaddressable:
            return End(FAILED, "bad_address", found.channel, others=send.others)
        except Exception:
            log.exception("delivery_not_composed", delivery_id=delivery.delivery_id)
            return Wait("not_composed")
