"""The figures of an evaluation as one page that needs nothing beside it. It shows ids and phrases, never a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from services.router.evaluation import Culprit, Evaluation

_WIDTH, _HEIGHT, _EDGE, _MARGIN = 640, 320, 72, 36
_LOWEST_STEP = 0.1
_CELLS = 12
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2a33;--soft:#5b6b76;--line:#d5dde2;--paper:#fff;--mark:#0b6e8a;--bad:#b3261e}
@media(prefers-color-scheme:dark){
:root{--ink:#e6edf1;--soft:#9fb0ba;--line:#33424c;--paper:#12191e;--mark:#56c2dd;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.25rem}
h1{font-size:1.5rem;margin:.2em 0}
h2{font-size:1.15rem;margin:2em 0 .4em}
p{margin:.4em 0;color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.25rem 0}
dl div{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-size:1.5rem;font-weight:600}
svg{display:block;width:100%;height:auto;max-width:46rem}
svg text{fill:var(--soft);font-size:15px}
@media(max-width:30rem){svg text{font-size:22px}}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{background:var(--line);border-radius:3px;height:.7rem;min-width:6rem;margin-top:.4rem}
.bar i{display:block;background:var(--mark);height:100%;border-radius:3px}
.grid td.n{text-align:center;border:1px solid var(--line)}
.grid th{font-weight:500;font-size:.8rem}
"""


def draw_page(evaluation: Evaluation, names: Mapping[str, str], *, title: str, ruleset: str) -> str:
    """A whole HTML page in Indonesian. `names` gives the agencies' names by code."""
    parts = [
        f"<h1>Aturan {escape(title)}, diukur</h1>",
        f"<p>{evaluation.n} pengaduan berlabel, aturan versi <code>{escape(ruleset)}</code></p>",
        _summary(evaluation),
        "<h2>Makin yakin, makin benar</h2>",
        "<p>Bagian yang benar bila hanya pengaduan dengan selisih terbesar yang diteruskan sendiri. "
        "Lingkaran: yang diteruskan sekarang.</p>",
        _curve(evaluation),
        "<h2>Per instansi</h2>",
        _agencies(evaluation, names),
        "<h2>Tertukar dengan siapa</h2>",
        "<p>Baris: instansi yang sebenarnya. Kolom: calon terkuat menurut aturan.</p>",
        _confusion(evaluation, names),
        "<h2>Ungkapan dalam jawaban yang salah</h2>",
        _culprits(evaluation.phrases),
        "<h2>Aturan dalam jawaban yang salah</h2>",
        _culprits(evaluation.rules),
    ]
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Aturan {escape(title)}, diukur</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _summary(evaluation: Evaluation) -> str:
    figures = [
        ("Diteruskan sendiri", _percent(evaluation.coverage)),
        ("Benar di antaranya", _percent(evaluation.precision)),
        ("Benar bila semua diteruskan", _percent(evaluation.accuracy_forced)),
        ("Benar dalam tiga calon", _percent(evaluation.top3_forced)),
        ("Rata-rata F1 instansi besar", f"{evaluation.macro_f1:.2f}".replace(".", ",")),
    ]
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures) + "</dl>"


def _curve(evaluation: Evaluation) -> str:
    if not evaluation.curve:
        return ""
    least = min([share for _, share in evaluation.curve] + [evaluation.precision or 1.0])
    bottom = max(0.0, int(least / _LOWEST_STEP) * _LOWEST_STEP)

    def at(coverage: float, precision: float) -> str:
        x = _EDGE + coverage * (_WIDTH - _EDGE - _MARGIN)
        y = _HEIGHT - _EDGE - (precision - bottom) / (1 - bottom or 1) * (_HEIGHT - _EDGE - _MARGIN)
        return f"{x:.1f},{y:.1f}"

    lines = []
    for step in range(round((1 - bottom) / _LOWEST_STEP) + 1):
        share = bottom + step * _LOWEST_STEP
        (x1, y), x2 = at(0, share).split(","), at(1, share).split(",")[0]
        lines.append(f'<path d="M{x1},{y}H{x2}" stroke="var(--line)"/>')
        lines.append(f'<text x="{_EDGE - 8}" y="{float(y) + 4}" text-anchor="end">{share:.0%}</text>')
    for tenth in range(0, 11, 2):
        x = at(tenth / 10, bottom).split(",")[0]
        lines.append(f'<text x="{x}" y="{_HEIGHT - 34}" text-anchor="middle">{tenth * 10}%</text>')
    middle = (_WIDTH + _EDGE - _MARGIN) / 2
    lines.append(f'<text x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">bagian yang diteruskan sendiri</text>')
    points = " ".join(at(*point) for point in evaluation.curve)
    lines.append(f'<polyline points="{points}" fill="none" stroke="var(--mark)" stroke-width="2.5"/>')
    if evaluation.coverage and evaluation.precision is not None:
        x, y = at(evaluation.coverage, evaluation.precision).split(",")
        lines.append(f'<circle cx="{x}" cy="{y}" r="6" fill="var(--paper)" stroke="var(--mark)" stroke-width="3"/>')
    told = f"Grafik: dari {_percent(evaluation.curve[0][1])} benar sampai {_percent(evaluation.curve[-1][1])} benar"
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{told}">{"".join(lines)}</svg>'


def _agencies(evaluation: Evaluation, names: Mapping[str, str]) -> str:
    rows = [
        f"<tr><td>{escape(names.get(code, code))}</td><td class=n>{figures.n}</td><td class=n>{figures.answered}</td>"
        f"<td class=n>{_percent(figures.right / figures.answered if figures.answered else None)}</td>"
        f'<td><div class="bar" title="F1 {figures.f1:.2f}"><i style="width:{figures.f1:.0%}"></i></div></td></tr>'
        for code, figures in evaluation.per_agency.items()
    ]
    head = "<th>Instansi</th><th class=n>Pengaduan</th><th class=n>Dijawab</th><th class=n>Benar</th><th>F1</th>"
    return _table(head, rows)


def _confusion(evaluation: Evaluation, names: Mapping[str, str]) -> str:
    codes = list(evaluation.per_agency)[:_CELLS]
    counts = {(label, answer): count for label, answer, count in evaluation.confusion}
    head = "<th></th>" + "".join(f'<th title="{escape(names.get(code, code))}">{escape(code)}</th>' for code in codes)
    rows = []
    for label in codes:
        whole = evaluation.per_agency[label].n or 1
        cells = "".join(
            _cell(counts.get((label, answer), 0), whole, "--mark" if label == answer else "--bad") for answer in codes
        )
        rows.append(f"<tr><th>{escape(label)}</th>{cells}</tr>")
    return _table(head, rows, "grid")


def _cell(count: int, whole: int, colour: str) -> str:
    if not count:
        return "<td class=n></td>"
    strength = round(8 + 60 * count / whole)
    style = f"background:color-mix(in srgb,var({colour}) {strength}%,transparent)"
    return f'<td class=n style="{style}">{count}</td>'


def _culprits(culprits: Sequence[Culprit]) -> str:
    rows = [
        f"<tr><td>{escape(one.phrase or one.rule)}</td><td>{escape(one.rule)}</td><td class=n>{one.wrong}</td>"
        f"<td class=n>{one.right}</td><td>{escape(', '.join(one.examples))}</td></tr>"
        for one in culprits
    ]
    return _table("<th></th><th>Aturan</th><th class=n>Salah</th><th class=n>Benar</th><th>Contoh</th>", rows)


def _table(head: str, rows: list[str], kind: str = "") -> str:
    return f'<div class="wide"><table class="{kind}"><tr>{head}</tr>{"".join(rows)}</table></div>'


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %".replace(".", ",")
