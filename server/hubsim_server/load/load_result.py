"""The result of a load run: what a program reads as JSON, and what text and page show."""

from collections.abc import Sequence

import msgspec

from hubsim_server.load.load_profile import LoadPlan
from hubsim_simulator.serving.durations import Durations


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution of durations in seconds. Without any, all but `count` are null."""

    count: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    max_s: float | None = None
    curve_s: tuple[float, ...] = ()
    """The percentiles 1 to 100."""


class LoadSample(msgspec.Struct, frozen=True, kw_only=True):
    """The state at one time of the run. Counters count from its beginning."""

    at_s: float
    """From the start of the fleet."""
    online: int
    acts: int = 0
    documents: int = 0
    reported: int = 0
    lost: int = 0
    failed: int = 0


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result. Rates and counts are of all hubs of this machine."""

    hubs: int
    processes: int
    broker: str
    machine: str
    plan: LoadPlan
    took_s: float
    """The time of the run, after all hubs were connected. Shorter than planned if it was stopped."""
    documents_by: str
    """`cloud` if a cloud sent the documents, else `fleet`."""
    connect: Percentiles
    """At the start: from the first attempt until the hub was online, with the wait for its turn."""
    reconnect: Percentiles
    """During the run: from the loss of a connection until the hub was online again."""
    round_trip: Percentiles
    """From the publication of a desired document until the report that has it applied."""
    attempts: int
    failed_attempts: int
    lost_connections: int
    storms: int
    acts: int
    acts_refused: int
    documents: int
    superseded: int
    """Documents that a newer one replaced before their report."""
    unanswered: int
    """Documents without a report at the end."""
    restarts: int
    """Processes of shards that were started again."""
    cpu_s: float
    """CPU time of all shards, from their start."""
    memory_bytes: int
    samples: tuple[LoadSample, ...] = ()


def percentiles(durations: Durations) -> Percentiles:
    """Return the distribution."""
    curve = tuple(_rounded(durations.percentile_s(percent)) for percent in range(1, 101))
    if not len(durations):
        return Percentiles(count=0)
    return Percentiles(
        count=len(durations),
        p50_s=curve[49],
        p95_s=curve[94],
        p99_s=curve[98],
        max_s=curve[99],
        curve_s=curve,
    )


def result_json(result: LoadResult) -> bytes:
    """Return the result as JSON."""
    return msgspec.json.format(msgspec.json.encode(result)) + b"\n"


def result_text(result: LoadResult) -> str:
    """Return the result for a terminal."""
    plan = result.plan
    size = f"{result.hubs:,} hubs, {processes_text(result)}, {result.broker}"
    lines = [
        f"{plan.profile} for {result.took_s:.0f} s: {size}, seed {plan.seed}",
        "",
        f"{'':11}{'count':>10}{'p50':>10}{'p95':>10}{'p99':>10}{'max':>10}",
        *(_row(name, each) for name, each in distributions(result)),
        "",
        *(f"{count:>10,}  {text}" for count, text in counts(result) if count),
    ]
    return "\n".join(lines) + "\n"


def processes_text(result: LoadResult) -> str:
    """Return the number of processes in words."""
    return "1 process" if result.processes == 1 else f"{result.processes} processes"


def distributions(result: LoadResult) -> Sequence[tuple[str, Percentiles]]:
    """Return the distributions of a result that are not empty, each with its name."""
    every = (
        ("connect", result.connect),
        ("reconnect", result.reconnect),
        ("round trip", result.round_trip),
    )
    return [(name, each) for name, each in every if each.count]


def counts(result: LoadResult) -> Sequence[tuple[int, str]]:
    """Return the counts of a result, each with its meaning."""
    return (
        (result.attempts, "attempts to connect"),
        (result.failed_attempts, "failed attempts"),
        (result.lost_connections, "lost connections"),
        (result.storms, "storms"),
        (result.acts, "random actions"),
        (result.acts_refused, "actions that the hub refused"),
        (result.documents, f"desired documents, sent by the {result.documents_by}"),
        (result.superseded, "documents replaced before their report"),
        (result.unanswered, "documents without a report"),
        (result.restarts, "restarts of a process"),
    )


def shown_s(seconds: float | None) -> str:
    """Return a duration with a unit that suits its size."""
    if seconds is None:
        return "-"
    if seconds < 0.001:  # noqa: PLR2004 (a millisecond)
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.2f} s"


def _row(name: str, each: Percentiles) -> str:
    shown = (each.p50_s, each.p95_s, each.p99_s, each.max_s)
    return f"{name:11}{each.count:>10,}" + "".join(f"{shown_s(value):>10}" for value in shown)


def _rounded(seconds: float | None) -> float:
    return 0.0 if seconds is None else round(seconds, 6)
