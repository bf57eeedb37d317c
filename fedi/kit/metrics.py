"""Counters and timings of this process, as Prometheus reads them.

Names are those of the OpenTelemetry conventions for ActivityPub where they exist; dots become
underscores on the way out. Labels come from small closed sets: never a remote host, whose number
has no bound (hosts live in the database).
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

Labels = tuple[tuple[str, str], ...]

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# Every metric and what it says; `docs/metrics.md` is held to this table by a test.
CATALOGUE: dict[str, tuple[str, str]] = {
    "activitypub.inbox.activity": ("counter", "Received activities by type and outcome."),
    "activitypub.inbox.processing_duration": (
        "histogram",
        "Seconds to work on a batch of received activities.",
    ),
    "activitypub.delivery.sent": ("counter", "Deliveries by result."),
    "activitypub.delivery.permanent_failure": ("counter", "Deliveries that ended refused."),
    "activitypub.delivery.duration": ("histogram", "Seconds that one delivery took."),
    "activitypub.fanout.recipients": ("counter", "Inboxes that activities were addressed to."),
    "activitypub.signature.verification_failure": (
        "counter",
        "Requests whose signature did not hold, by reason.",
    ),
    "activitypub.proof": ("counter", "Integrity proofs of received activities, by result."),
    "activitypub.forwarded": ("counter", "Received activities that were sent on to followers."),
    "activitypub.key.lookup": ("counter", "Lookups of public keys by result."),
    "activitypub.document.fetch": ("counter", "Documents fetched from other servers, by result."),
    "activitypub.circuit_breaker.state_change": (
        "counter",
        "Breakers of hosts that opened or closed.",
    ),
    "webfinger.lookup": ("counter", "WebFinger lookups by result."),
    "fedi_http_request_seconds": ("histogram", "Seconds per request, by route, method and status."),
    "fedi_streaming_connections": ("gauge", "Open streams by transport."),
    "fedi_streaming_messages_total": ("counter", "Messages sent to streams."),
    "fedi_jobs_due": ("gauge", "Rows that are ready, by queue."),
    "fedi_jobs_parked": ("gauge", "Rows that wait for their time, by queue."),
    "fedi_jobs_oldest_due_seconds": ("gauge", "Age of the oldest ready row, by queue."),
    "fedi_jobs_failed_total": ("counter", "Rows given up, by queue."),
    "fedi_delivery_hosts": ("gauge", "Hosts whose breaker is open."),
    "fedi_db_pool_in_use": ("gauge", "Connections to Postgres in use by this process."),
    "fedi_accounts": ("gauge", "Accounts by kind."),
    "fedi_build_info": ("gauge", "The version that runs."),
}


class Registry:
    """The figures of one process."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, Labels], float] = {}
        self._sums: dict[tuple[str, Labels], list[float]] = {}
        self._gauges: list[Callable[[], Iterable[tuple[str, Mapping[str, str], float]]]] = []
        self._lock = threading.Lock()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        key = (name, tuple(sorted(labels.items())))
        self._counters[key] = self._counters.get(key, 0) + amount

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Put one timing into its bucket."""
        key = (name, tuple(sorted(labels.items())))
        cells = self._sums.get(key)
        if cells is None:
            cells = self._sums[key] = [0.0] * (len(BUCKETS) + 2)
        cells[bisect_left(BUCKETS, seconds)] += 1
        cells[-1] += seconds

    def gauge(self, read: Callable[[], Iterable[tuple[str, Mapping[str, str], float]]]) -> None:
        """Have `read` asked for its figures whenever they are wanted."""
        self._gauges.append(read)

    def render(self, extra: Iterable[tuple[str, Mapping[str, str], float]] = ()) -> str:
        """Everything in the text format of Prometheus."""
        lines: dict[str, list[str]] = {}
        for (name, labels), value in sorted(self._counters.items()):
            flat = _flat(name)
            suffix = "" if flat.endswith("_total") else "_total"
            lines.setdefault(name, []).append(f"{flat}{suffix}{_labels(labels)} {_number(value)}")
        for (name, labels), cells in sorted(self._sums.items()):
            lines.setdefault(name, []).extend(_histogram(_flat(name), labels, cells))
        figures = [figure for read in self._gauges for figure in read()]
        for name, labels, value in [*figures, *extra]:
            ordered = tuple(sorted(labels.items()))
            text = f"{_flat(name)}{_labels(ordered)} {_number(value)}"
            lines.setdefault(name, []).append(text)
        out: list[str] = []
        for name in sorted(lines):
            kind, about = CATALOGUE.get(name, ("untyped", name))
            family = _flat(name)
            if kind == "counter" and not family.endswith("_total"):
                family += "_total"
            out += [f"# HELP {family} {about}", f"# TYPE {family} {kind}", *lines[name]]
        return "\n".join(out) + "\n"


def _flat(name: str) -> str:
    return name.replace(".", "_")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _labels(labels: Labels, *more: tuple[str, str]) -> str:
    pairs = [*labels, *more]
    if not pairs:
        return ""
    inner = ",".join(f'{key}="{_escape(value)}"' for key, value in pairs)
    return "{" + inner + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _histogram(name: str, labels: Labels, cells: list[float]) -> list[str]:
    lines: list[str] = []
    total = 0.0
    for bound, count in zip((*BUCKETS, None), cells[:-1], strict=True):
        total += count
        edge = "+Inf" if bound is None else str(bound)
        lines.append(f"{name}_bucket{_labels(labels, ('le', edge))} {_number(total)}")
    lines.append(f"{name}_sum{_labels(labels)} {cells[-1]!r}")
    lines.append(f"{name}_count{_labels(labels)} {_number(total)}")
    return lines


# One per process: a metric belongs to the process, not to an instance in it.
registry = Registry()
count = registry.count
observe = registry.observe
