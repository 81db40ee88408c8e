"""A decision told in plain text, for the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping

from services.router.decide import Decision, Reason
from services.router.rules import RuleSet

_TRIAGE = {
    "no_content": "teks tidak berisi uraian",
    "no_match": "tidak ada aturan yang cocok",
    "weak": "petunjuknya terlalu lemah",
    "tie": "beberapa instansi sama kuat",
    "several_topics": "beberapa pokok dalam satu laporan",
    "thanks_only": "hanya ucapan terima kasih",
    "out_of_area": "di luar wilayah kota, tidak jelas di wilayah siapa",
}


def explain_decision(decision: Decision, text: str, ruleset: RuleSet, names: Mapping[str, str] | None = None) -> str:
    """Lines that say what was decided, by which words of which rules, and who came next.

    `names` gives the agencies' names by code. The citizen's words are quoted, so the result is as confidential as the
    text.
    """
    names = names or {}
    lines = [_headline(decision, names)]
    lines += [_reason_line(reason, text, ruleset) for reason in decision.reasons]
    if decision.also:
        lines.append("Diberitahukan juga: " + ", ".join(_named(code, names) for code in decision.also))
    if decision.alternatives:
        others = (f"{_named(other.agency, names)} ({other.score})" for other in decision.alternatives)
        lines.append("Calon lain: " + ", ".join(others))
    if decision.place is not None:
        lines.append("Tempat: " + ", ".join(filter(None, (decision.place.kelurahan, decision.place.kecamatan))))
    for part in decision.parts:
        lines.append(f"Bagian untuk {_named(part.agency, names)}: “{' '.join(text[part.start : part.end].split())}”")
    lines.append(f"Aturan versi {decision.ruleset}")
    return "\n".join(lines)


def _headline(decision: Decision, names: Mapping[str, str]) -> str:
    if decision.agency is None:
        return f"Perlu dilihat orang: {_TRIAGE.get(decision.reason, decision.reason)}"
    kind = "DARURAT, ke" if decision.outcome == "emergency" else "Ke"
    beyond = " (di luar wilayah kota)" if decision.reason == "out_of_area" else ""
    return f"{kind} {_named(decision.agency, names)}{beyond}: nilai {decision.score}, selisih {decision.margin}"


def _reason_line(reason: Reason, text: str, ruleset: RuleSet) -> str:
    rule = ruleset.rules.get(reason.rule)
    agency = f" → {rule.agency}" if rule else ""
    quoted = " ".join(text[reason.start : reason.end].split())
    return f"  {reason.weight:+d} “{quoted}” ({reason.phrase}; aturan {reason.rule}{agency})"


def _named(code: str, names: Mapping[str, str]) -> str:
    return f"{names[code]} [{code}]" if code in names else code
