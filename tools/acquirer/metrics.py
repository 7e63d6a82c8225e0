"""What the host counts of its work, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/

The workers of one host count in files of one folder, and are told as their sum: counters and histograms of all that ever ran, so
that kill -9 takes nothing away; open connections of those that run. CPU time, memory and files are no sum, they are told of
each process under its label `worker`.
"""

import functools
import os
import pathlib
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from .faults import MESSAGE_KINDS

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OTHER = "other"  # what a stranger sends names no new series


class Metrics:
    """One host's; each has a registry of its own, so that several hosts can be in one process."""

    def __init__(self):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.open = Gauge(
            "taptill_connections_open",
            "Connections of terminals that are open",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.accepted = Counter("taptill_connections", "Connections that were served", registry=self.registry)
        self.limits = Counter(
            "taptill_limits", "Connections that were turned away or ended by a limit", ["limit"], registry=self.registry
        )
        self.requests = Counter(
            "taptill_requests", "Requests that were decided, by kind and F39", ["kind", "code"], registry=self.registry
        )
        self.unanswered = Counter(
            "taptill_requests_unanswered", "Requests without an answer, by what was in the way", ["why"], registry=self.registry
        )
        self.seconds = Histogram(
            "taptill_request_seconds",
            "From a request that has been read to its answer",
            ["kind"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._series = functools.lru_cache(1024)(self._found)  # they are looked up for every request

    def decided(self, kind: str, code: str, seconds: float) -> None:
        """A request of that kind (wire.Message.kind) was answered with F39 `code` after `seconds`."""
        requests, times = self._series(kind if kind in MESSAGE_KINDS else _OTHER, code)
        requests.inc()
        times.observe(seconds)

    def _found(self, kind: str, code: str) -> "tuple[Counter, Histogram]":
        return self.requests.labels(kind, code), self.seconds.labels(kind)

    def serve(self, port: int, bind: str = "127.0.0.1") -> "Exporter":
        """Answer GET /metrics on a port of its own (0: any free one), from a thread of its own.  Raises OSError."""
        return Exporter(*start_http_server(port, bind, self.registry))


def count_in(folder: pathlib.Path, worker: int) -> None:
    """From now on the Metrics of this process, which is worker number `worker`, count in `folder`; they go on from where the one
    before it with this number has come to.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: worker)


def ended(folder: pathlib.Path, worker: int) -> None:
    """That worker has nothing open any more."""
    mark_process_dead(worker, str(folder))


def gathered(folder: pathlib.Path, processes: "Callable[[], dict[str, int]]") -> CollectorRegistry:
    """The sum of what workers count in `folder`.  `processes() -> {label: process number}` of those that run now."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    registry.register(_Processes(processes))
    return registry


class _Processes(Collector):
    """What ProcessCollector tells, of several processes."""

    def __init__(self, processes: "Callable[[], dict[str, int]]"):
        self._processes = processes

    def collect(self) -> "Iterable[Metric]":
        found: dict[str, Metric] = {}
        for label, pid in self._processes().items():
            for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():
                family = found.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    family.add_sample(sample.name, {"worker": label}, sample.value)
        return found.values()


class Exporter:
    """The HTTP server of the figures."""

    def __init__(self, server, thread):
        self._server, self._thread = server, thread
        self.port: int = server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
