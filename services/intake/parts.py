"""What intake's channels share, built once for each process."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.intake import tables
from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.areas import Areas
from services.intake.checking import Checker
from services.intake.config import IntakeSettings
from services.intake.contacts import ContactVault
from services.intake.photos.store import PhotoStore
from services.intake.privacy.erasing import Erasing
from services.intake.privacy.files import UnwantedFiles
from services.intake.privacy.ledger import Ledger
from services.intake.privacy.purging import Purge
from services.intake.rating import Ratings
from services.intake.sms_talk.talk import SmsTalk
from services.intake.web.contact_checks import ContactChecks
from shared.blobs import BlobFolder
from shared.citypack import CityPack
from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.messaging.broker import Broker
from shared.observability.metrics import Metrics
from shared.reply_marks import ReplyMarks
from shared.sealing import ContactHasher, Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database


@dataclass(frozen=True)
class IntakeParts:
    """`attachments` holds photos and raw messages; `marks` reads what an answer to our mail carries."""

    spine: Spine
    pack: CityPack
    vault: ContactVault
    door: Door
    additions: Additions
    ratings: Ratings
    attachments: BlobFolder
    marks: ReplyMarks
    photos: PhotoStore
    checks: ContactChecks
    sms: SmsTalk
    purge: Purge

    @staticmethod
    def of(
        settings: IntakeSettings, database: Database, broker: Broker, clock: Clock, metrics: Metrics, pack: CityPack
    ) -> IntakeParts:
        codec = Codec(Sealer(settings.common.content_keys))
        spine = build_spine(
            "intake", tables.messaging, database=database, broker=broker, codec=codec, clock=clock, metrics=metrics
        )
        vault = ContactVault(Sealer(settings.contact_keys), ContactHasher(settings.contact_pepper))
        door = Door(
            spine=spine,
            checker=Checker(Areas.of(pack)),
            vault=vault,
            ticket_prefix=pack.city.ticket_prefix,
            zone=ZoneInfo(pack.city.timezone),
            receipts_per_day=settings.receipts_per_day,
        )
        additions, ratings = Additions(spine, vault, door.zone), Ratings(spine)
        attachments = BlobFolder(settings.common.data / "attachments")
        return IntakeParts(
            spine=spine,
            pack=pack,
            vault=vault,
            door=door,
            additions=additions,
            attachments=attachments,
            marks=ReplyMarks(settings.common.content_keys),
            photos=PhotoStore(attachments),
            checks=ContactChecks(spine, vault, attachments, door.zone),
            ratings=ratings,
            sms=SmsTalk.of(door, additions, ratings, pack, settings.sms_replies_per_day),
            purge=Purge(
                Erasing(spine, UnwantedFiles(database, attachments, clock), Ledger.of(settings.common.data)),
                pack.retention,
            ),
        )
