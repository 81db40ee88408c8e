"""How a city's agencies, rules and kinds are called in the national system SP4N-LAPOR!.

Read from the pack's `sp4n.yaml`, which a city may leave out: then every complaint has the topic for all that is left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.contracts.fields import KINDS
from shared.marked_yaml import Section, suggest

SP4N_FILE = "sp4n.yaml"
ABOVE = " > "
UNSUPERVISED = "Pengaduan Tidak Berkadar Pengawasan"
SUPERVISED = "Pengaduan Berkadar Pengawasan"
CLASSIFICATIONS = (SUPERVISED, UNSUPERVISED, "Permintaan Informasi", "Aspirasi")
"""The values that the national system knows."""
_USUAL = MappingProxyType(
    {"pengaduan": UNSUPERVISED, "aspirasi": "Aspirasi", "permintaan_informasi": "Permintaan Informasi"}
)


@dataclass(frozen=True, slots=True)
class Sp4nMapping:
    """Topics are written with the one above: `PERHUBUNGAN > PARKIR LIAR`."""

    other: str = "TOPIK LAINNYA"
    classifications: Mapping[str, str] = field(default_factory=lambda: _USUAL)
    supervised: frozenset[str] = frozenset()
    supervised_classification: str = SUPERVISED
    agencies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rules: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def topic(self, agency: str | None, rules: Sequence[str] = ()) -> str:
        """The topic of the first of the rules that has one (the strongest first), else the agency's, else the rest's.

        Pass no rules for a case that a person gave to another agency: they were wrong about it.
        """
        by_rule = next((self.rules[rule] for rule in rules if rule in self.rules), None)
        return by_rule or self.agencies.get(agency or "", self.other)

    def classification(self, kind: str, agency: str | None) -> str:
        """One of `CLASSIFICATIONS`; a complaint to an agency that supervises others is one that needs inspection."""
        if kind == "pengaduan" and agency in self.supervised:
            return self.supervised_classification
        return self.classifications.get(kind, UNSUPERVISED)


def read_sp4n(part: Section, agencies: Collection[str]) -> Sp4nMapping:
    """Never raises; what is wrong is noted in the section's problems. Ids of rules are taken as they are."""
    topics = _topics(part.section("topics", required=True))
    classifications = {kind: said for kind, said, _ in part.pairs("classifications")}
    for kind, _, line in part.pairs("classifications"):
        if kind not in KINDS:
            part.complain(f"There is no kind `{kind}`.", suggest(kind, KINDS), line)
    by_agency, by_rule = _mapped(part, "agencies", topics), _mapped(part, "rules", topics)
    supervised = part.texts("supervised")
    for code in (*by_agency, *supervised):
        if code not in agencies:
            part.complain(f"There is no agency `{code}`.", suggest(code, sorted(agencies)), part.line_of("agencies"))
    mapping = Sp4nMapping(
        other=_known_topic(part, part.text("other"), topics, part.line_of("other")),
        classifications=MappingProxyType({**_USUAL, **classifications}),
        supervised=frozenset(supervised),
        supervised_classification=part.text("supervised_classification", required=False, default=SUPERVISED),
        agencies=MappingProxyType(by_agency),
        rules=MappingProxyType(by_rule),
    )
    for said in (*mapping.classifications.values(), mapping.supervised_classification):
        if said not in CLASSIFICATIONS:
            line = part.line_of("classifications")
            part.complain(f"SP4N-LAPOR! has no classification `{said}`.", suggest(said, CLASSIFICATIONS), line)
    part.finish()
    return mapping


def _topics(part: Section) -> frozenset[str]:
    """Each with the one above it, and those above alone."""
    found: set[str] = set()
    for above in list(part.entries):
        found |= {above, *(f"{above}{ABOVE}{below}" for below in part.texts(above))}
    return frozenset(found)


def _mapped(part: Section, key: str, topics: Collection[str]) -> dict[str, str]:
    return {name: _known_topic(part, topic, topics, line) for name, topic, line in part.pairs(key)}


def _known_topic(part: Section, topic: str, topics: Collection[str], line: int) -> str:
    if topic not in topics:
        part.complain(f"`topics` has no `{topic}`.", suggest(topic, sorted(topics)), line)
    return topic
