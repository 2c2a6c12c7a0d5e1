"""The result of a load run as one HTML page, with nothing from another host: figures and plots."""

from collections.abc import Sequence
from html import escape

from hubsim_server.load.load_result import (
    LoadResult,
    LoadSample,
    counts,
    distributions,
    processes_text,
    shown_s,
)
from hubsim_server.load.plot import PlotSeries, linear, logarithmic, plot

_STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --weak: #5c6370; --line: #d9dce1; --paper: #ffffff;
  --c1: #0b6bcb; --c2: #c2410c; --c3: #15803d; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --weak: #9aa2ae; --line: #3a3f47;
  --paper: #16181c; --c1: #6cb2ff; --c2: #ff9d66; --c3: #6ee7a0; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper);
  max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--weak); }
table { border-collapse: collapse; } th, td { padding: .3rem .9rem; text-align: right; }
th { font-weight: 600; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr + tr { border-top: 1px solid var(--line); } td { font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } .grid { stroke: var(--line); stroke-width: 1; }
.label { fill: var(--weak); font-size: 12px; } .curve { fill: none; stroke-width: 2; }
.curve-1 { stroke: var(--c1); } .curve-2 { stroke: var(--c2); } .curve-3 { stroke: var(--c3); }
"""
_RATE_S = 1.0
"""The time over which a rate is averaged; shards report every half second."""


def load_page(result: LoadResult) -> str:
    """Return the page."""
    plan = result.plan
    title = f"Load of {result.hubs:,} hubs: {plan.profile}"
    facts = (
        f"{result.took_s:.0f} s, {processes_text(result)}, seed {plan.seed}. Broker {result.broker}.",
        (
            f"{result.machine}. All shards together: {result.cpu_s:.1f} s of CPU, "
            f"{result.memory_bytes / 1e6:.0f} MB."
        ),
    )
    body = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(fact)}</p>" for fact in facts),
        "<h2>Times</h2>",
        _times(result),
        "<h2>Connected hubs</h2>",
        _connected(result.samples),
        *_section("Distribution of the times", _distribution(result)),
        *_section("Rates", _rates(result.samples)),
        "<h2>Counts</h2>",
        _counts(result),
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{escape(title)}</title>"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}<style>{_STYLE}</style></head>\n<body>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _section(title: str, content: str) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", content] if content else []


def _times(result: LoadResult) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{each.count:,}</td>"
        + "".join(f"<td>{shown_s(value)}</td>" for value in (each.p50_s, each.p95_s, each.p99_s, each.max_s))
        + "</tr>"
        for name, each in distributions(result)
    )
    heads = "".join(f"<th scope=col>{head}</th>" for head in ("", "count", "p50", "p95", "p99", "max"))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _counts(result: LoadResult) -> str:
    rows = "".join(
        f"<tr><td>{escape(text)}</td><td>{count:,}</td></tr>" for count, text in counts(result) if count
    )
    return f"<table>{rows}</table>"


def _connected(samples: Sequence[LoadSample]) -> str:
    points = tuple((each.at_s, float(each.online)) for each in samples)
    across = linear("seconds since the start of the fleet", max(x for x, _ in points))
    return plot(
        "Connected hubs over time",
        across,
        linear("hubs", max(y for _, y in points)),
        [PlotSeries("connected", points)],
    )


def _distribution(result: LoadResult) -> str:
    series = [
        PlotSeries(name, tuple((float(percent), value) for percent, value in enumerate(each.curve_s, 1)))
        for name, each in distributions(result)
    ]
    values = [value for each in series for _, value in each.points if value > 0]
    if not values:
        return ""
    up = logarithmic("time", min(values), max(values), _power_s)
    return plot("Percentiles of the times", linear("percentile", 100), up, series)


def _rates(samples: Sequence[LoadSample]) -> str:
    series = [
        PlotSeries(name, _rate(samples, field))
        for name, field in (("reports of documents", "reported"), ("random actions", "acts"))
        if getattr(samples[-1], field)
    ]
    if not series:
        return ""
    across = linear("seconds since the start of the fleet", samples[-1].at_s)
    highest = max(y for each in series for _, y in each.points)
    return plot("Rates over time", across, linear("per second", highest, "{:,.4g}".format), series)


def _rate(samples: Sequence[LoadSample], field: str) -> tuple[tuple[float, float], ...]:
    """Return the growth of a counter per second, over at least `_RATE_S` each."""
    points, before = [], samples[0]
    for each in samples[1:]:
        passed_s = each.at_s - before.at_s
        if passed_s >= _RATE_S:
            points.append((each.at_s, (getattr(each, field) - getattr(before, field)) / passed_s))
            before = each
    return tuple(points)


def _power_s(seconds: float) -> str:
    """Return a power of ten with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.99:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds * 1e6:g} µs"
