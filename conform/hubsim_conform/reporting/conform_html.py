"""The report as one self-contained HTML page. Its policy forbids scripts and the network."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from html import escape

from hubsim_conform.reporting.report_record import ConformReport, RuleReport, ShownEntry, ShownFailure
from hubsim_conform.running.outcome import RuleVerdict

_ROW, _HUB_X, _BENCH_X, _TOP, _WIDTH = 26, 110, 430, 34, 1000
_TEXT_MAX, _LINE_MAX = 115, 400
STYLE = """
:root { color-scheme: light dark; --line: #8884; --pass: #1a7f37; --fail: #cf222e; --blocked: #9a6700;
  --skipped: #57606a; }
@media (prefers-color-scheme: dark) { :root { --pass: #3fb950; --fail: #f85149; --blocked: #d29922;
  --skipped: #8b949e; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
code, .mono { font-family: ui-monospace, monospace; font-size: .92em; }
td:first-child { white-space: nowrap; }
.verdict { font-weight: 600; } .pass { color: var(--pass); } .fail { color: var(--fail); }
.blocked { color: var(--blocked); } .skipped { color: var(--skipped); }
section { border: 1px solid var(--line); border-radius: 8px; padding: .2rem 1rem 1rem; margin: 1rem 0; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; } dt { color: var(--skipped); }
dd { margin: 0; overflow-wrap: anywhere; } .scroll { overflow-x: auto; }
svg { min-width: 46rem; width: 100%; } svg text { font: 12px ui-monospace, monospace; fill: currentColor; }
svg line { stroke: currentColor; stroke-width: 1; } svg .life { stroke: var(--line); stroke-dasharray: 3 3; }
svg .proof line { stroke: var(--fail); stroke-width: 2; } svg .proof text { fill: var(--fail); }
svg .note { opacity: .75; font-style: italic; } .bar { display: flex; height: 10px; border-radius: 5px;
  overflow: hidden; margin: .6rem 0 1rem; } .bar span { display: block; background: currentColor; }
"""


def conform_html(report: ConformReport) -> str:
    """Return the page."""
    style = f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
    name = escape(f"{report.profile['name']} {report.profile['version']}".strip())
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; {style}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{name}: conformance</title><style>{STYLE}</style></head><body>",
            f'<h1>{name}: <span class="{report.verdict}">{report.verdict.upper()}</span></h1>',
            *_head(report),
            *_failures(report),
            *_rules(report),
            *_checks(report),
            *_profile(report),
            "</body></html>\n",
        )
    )


def _head(report: ConformReport) -> Iterator[str]:
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items() if number)
    yield f"<p>{counts}. {report.coverage.decided} of {report.coverage.of} rules decided.</p>"
    total = max(1, sum(report.counts.values()))
    widths = ((verdict, 100 * report.counts[verdict.value] / total) for verdict in RuleVerdict)
    bars = "".join(
        f'<svg class="{verdict}" width="{width:.2f}%" height="10" role="img" aria-label="{verdict}">'
        '<rect width="100%" height="10" fill="currentColor"/></svg>'
        for verdict, width in widths
        if width
    )
    yield f'<div class="bar">{bars}</div>'
    facts = {
        "hub": ", ".join(report.hubs),
        "broker": report.broker,
        "hubsim": f"{report.hubsim}, contract {report.contract}",
        "seed": str(report.seed),
        "time": f"{report.began_at:%Y-%m-%d %H:%M:%S} UTC, {report.took_s:.1f} s",
        "again": report.again,
    }
    yield (
        "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items()) + "</dl>"
    )


def _failures(report: ConformReport) -> Iterator[str]:
    failed = [rule for rule in report.rules if rule.failures]
    if failed:
        yield "<h2>Failures</h2>"
    for rule in failed:
        yield f'<section id="{rule.rule}"><h3 class="fail">{rule.rule}</h3><p>{_marked(rule.text)}</p>'
        yield f"<p>Without it: {_marked(rule.why)}</p>"
        for failure in rule.failures:
            yield from _failure(failure)
        if rule.further_failures:
            yield f"<p>And {rule.further_failures} more.</p>"
        yield "</section>"


def _failure(failure: ShownFailure) -> Iterator[str]:
    facts = {
        "check": f"{failure.check} on hub {failure.hub}",
        "expected": failure.expected,
        "seen": failure.seen,
        "likely mistake": failure.likely_mistake,
    }
    yield (
        "<dl>" + "".join(f"<dt>{name}</dt><dd>{_marked(text)}</dd>" for name, text in facts.items()) + "</dl>"
    )
    if failure.entries:
        yield f'<div class="scroll">{_diagram(failure.entries)}</div>'


def _diagram(entries: tuple[ShownEntry, ...]) -> str:
    """Return a sequence diagram: the hub at the left, the broker at the right."""
    height = _TOP + _ROW * len(entries) + 10
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="packets in their order">',
        f'<text x="{_HUB_X}" y="16" text-anchor="middle">hub</text>',
        f'<text x="{_BENCH_X}" y="16" text-anchor="middle">broker</text>',
    ]
    parts += [f'<line class="life" x1="{x}" y1="22" x2="{x}" y2="{height}"/>' for x in (_HUB_X, _BENCH_X)]
    parts += [_arrow(entry, _TOP + _ROW * (place + 1) - 8) for place, entry in enumerate(entries)]
    return "".join((*parts, "</svg>"))


def _arrow(entry: ShownEntry, y: int) -> str:
    text = escape(_short(f"{entry.what} {entry.text}", _TEXT_MAX))
    whole = escape(_short(f"{entry.what} {entry.text}", _LINE_MAX))
    group = f'<g class="{"proof" if entry.proof else ""}"><title>{whole}</title>'
    at = f'<text x="8" y="{y}">{entry.at_s:.3f} s</text>'
    if entry.side == "bench":
        note = f'<text class="note" x="{_HUB_X + 8}" y="{y}">{text}</text>'
        return f"{group}{at}{note}</g>"
    start, end = (_HUB_X, _BENCH_X) if entry.side == "hub" else (_BENCH_X, _HUB_X)
    tip = -6 if end > start else 6
    lines = (
        f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>'
        f'<line x1="{end}" y1="{y}" x2="{end + tip}" y2="{y - 4}"/>'
        f'<line x1="{end}" y1="{y}" x2="{end + tip}" y2="{y + 4}"/>'
    )
    label = f'<text x="{_HUB_X + 8}" y="{y - 5}">{text}</text>'
    return f"{group}{at}{lines}{label}</g>"


def _rules(report: ConformReport) -> Iterator[str]:
    yield "<h2>Rules</h2><table><thead><tr><th>rule</th><th>verdict</th><th></th></tr></thead><tbody>"
    for rule in report.rules:
        yield f"<tr><td>{_rule_name(rule)}</td>{_verdict(rule)}<td>{_reason(rule)}</td></tr>"
    yield "</tbody></table>"


def _rule_name(rule: RuleReport) -> str:
    name = f'<code title="{escape(rule.text)}">{rule.rule}</code>'
    return f'<a href="#{rule.rule}">{name}</a>' if rule.failures else name


def _verdict(rule: RuleReport) -> str:
    return f'<td class="verdict {rule.verdict}">{rule.verdict.upper()}</td>'


def _reason(rule: RuleReport) -> str:
    return _marked(rule.text if rule.verdict is RuleVerdict.PASS else _short(rule.reason, _LINE_MAX))


def _checks(report: ConformReport) -> Iterator[str]:
    yield "<h2>Checks</h2><table><tbody>"
    for check in report.checks:
        yield (
            f"<tr><td><code>{check.check}</code></td><td>{check.hub}</td><td>{check.end}</td>"
            f"<td>{check.took_s:.1f} s</td><td>{escape(check.reason)}</td></tr>"
        )
    yield "</tbody></table>"


def _profile(report: ConformReport) -> Iterator[str]:
    yield "<h2>Declared capabilities</h2><dl>"
    for name, value in report.profile.items():
        shown = (
            ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
        )
        text = ", ".join(map(str, shown)) if isinstance(shown, list | tuple) else str(shown)
        yield f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
    yield "</dl>"


def _marked(text: str) -> str:
    """Return the text with `code` in code elements."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _short(text: str, limit: int) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= limit else f"{one_line[:limit]}..."
