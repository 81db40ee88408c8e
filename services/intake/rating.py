"""How content a citizen is with how it ended: a number from 1 to 5, and words. A later rating replaces the earlier one.

Whoever calls it has made sure that the complaint is the sender's own. The same rating again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import RowMapping

from services.intake import repository, repository_additions, repository_answers, wording
from services.intake.fingerprint import digest
from services.intake.privacy.refusing import refuse_erased
from services.intake.rows import seen_row
from services.intake.text import clean_text, cut
from shared.contracts.complaint import ComplaintRated
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("rating")
ASKED_FOR = timedelta(days=14)
"""So long after we asked, a number or a keyword without a ticket is taken for the answer."""
MOST_WORDS = 2000
MOST_RATINGS = 20
"""For one complaint: people change their minds, but not for ever."""


@dataclass(frozen=True)
class Rating:
    """`provider_id` is the message's: when it comes again, after another rating, it changes nothing."""

    complaint_id: str
    score: int
    channel: str
    account: str
    words: str = ""
    provider_id: str | None = None


@dataclass(frozen=True)
class Rated:
    """`number` and `score` are what counts now; `new` is False when nothing was changed."""

    ticket: str
    number: int
    score: int
    new: bool


def _says_no_more(before: RowMapping, score: int, words: str) -> bool:
    """The same number without words takes none away that were written before."""
    return before["score"] == score and words in ("", before["words"])


@dataclass(frozen=True)
class Ratings:
    spine: Spine

    def rate(self, rating: Rating) -> Rated:
        """Stores it and says `complaint.rated.v1`.

        Raises `Refused` (codes `bad_score`, `unknown_complaint`, `already_removed`, `not_answered`,
        `too_many_ratings`) and `Transient`.
        """
        if rating.score not in wording.SCORES:
            raise Refused(sentence("Pilih nilai dari 1 sampai 5."), code="bad_score")
        words = cut(clean_text(rating.words[: 20 * MOST_WORDS]), MOST_WORDS)
        with self.spine.database.write() as tx:
            rated = self._rate(tx, rating, words)
        log.info("complaint_rated" if rated.new else "message_known", channel=rating.channel)
        return rated

    def _rate(self, tx: Transaction, rating: Rating, words: str) -> Rated:
        row = repository_additions.lock_complaint(tx, rating.complaint_id)
        if row is None:
            raise Refused(sentence("Laporan itu tidak ada lagi."), code="unknown_complaint", status=404)
        before = repository_answers.rating_of(tx.connection, rating.complaint_id)
        number = before["number"] if before is not None else 0
        if (before is not None and _says_no_more(before, rating.score, words)) or not self._is_new_message(tx, rating):
            return Rated(row["ticket"], number, before["score"] if before is not None else rating.score, new=False)
        refuse_erased(tx, rating.complaint_id)
        if row["status"] not in repository_answers.RATEABLE:
            said = sentence("Penilaian dapat diberikan setelah laporan dijawab.")
            raise Refused(said, code="not_answered", status=409)
        if number >= MOST_RATINGS:
            raise Refused(sentence("Penilaian laporan ini sudah terlalu sering diubah."), code="too_many_ratings")
        self._store(tx, rating, words, number + 1, row["ticket"], row["revision"])
        return Rated(row["ticket"], number + 1, rating.score, new=True)

    def _is_new_message(self, tx: Transaction, rating: Rating) -> bool:
        if not rating.provider_id:
            return True
        key = digest("rating", rating.channel, rating.account, rating.provider_id, rating.complaint_id)
        row = seen_row(
            key, channel=rating.channel, account=rating.account, complaint_id=rating.complaint_id,
            at=self.spine.clock.now(), provider_id=rating.provider_id,
        )  # fmt: skip
        return bool(repository.enter_seen(tx, [row]))

    def _store(self, tx: Transaction, rating: Rating, words: str, number: int, ticket: str, revision: int) -> None:
        now, complaint_id = self.spine.clock.now(), rating.complaint_id
        repository_answers.store_rating(
            tx,
            {
                "complaint_id": complaint_id,
                "number": number,
                "score": rating.score,
                "words": words,
                "channel": rating.channel,
                "rated_at": now,
            },
        )
        entry = {"complaint_id": complaint_id, "revision": revision, "event": f"rated.{number}", "at": now}
        repository.add_to_timeline(tx, {**entry, "note": wording.rated_note(str(rating.score), rating.channel)})
        self.spine.outbox.say(
            tx,
            ComplaintRated(
                complaint_id=complaint_id,
                ticket=ticket,
                number=number,
                score=rating.score,
                words=words,
                by_channel=rating.channel,
                rated_at=now,
            ),
        )
