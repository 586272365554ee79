"""
What an idle installation takes, beside Celery's worker, beat and Flower.

Ours is all of `make run`: broker, API, scheduler, two workers, the supervisor and
`airq up` itself; the database is in them. Theirs is three programs without a broker.
The built-in jobs fire meanwhile, against an upstream of the bench's own.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import psutil

from airq_cron.clock import SystemClock
from airq_cron.sandbox import Sandbox, SandboxServer, Synthetic
from tests.bench.peers import listening_flower
from tests.bench.result import spread, write_result
from tests.bench.rounds import alternate, size
from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp
from tests.integration.nodes import ProcessBox, ValkeyProcess
from tests.peers import find_peers

QUIET_S = size("QUIET_S", 60)
# Starting is no part of being idle.
SETTLE_S = 10.0
MOST_PSS, MOST_CPU = 1.6, 0.01
CLOCK = SystemClock()
MIB = 2**20


@dataclass(frozen=True)
class Footprint:
    """
    What some processes take while nothing is asked of them.

    Attributes:
        cpu: share of one core.
        of_each: memory in MiB by what the process is.
        cpu_of_each: shares of one core, likewise.
    """

    processes: int
    pss_mib: float
    cpu: float
    of_each: dict[str, float]
    cpu_of_each: dict[str, float]


def test_footprint(
    valkey: ValkeyProcess, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Alternate both; each round starts them anew."""
    rounds = alternate(
        {
            "ours": partial(_measure_ours, tmp_path, wait_until),
            "peer": partial(_measure_peer, valkey, tmp_path, wait_until),
        }
    )
    pss = spread([one["ours"].pss_mib / one["peer"].pss_mib for one in rounds])
    cpu = spread([one["ours"].cpu for one in rounds])
    met = {"pss": pss["median"] <= MOST_PSS, "cpu": cpu["median"] <= MOST_CPU}
    write_result(
        "footprint",
        {
            "peers": find_peers(["flower"]),
            "quiet_s": QUIET_S,
            "pairs": [{k: asdict(v) for k, v in one.items()} for one in rounds],
            "ratio": pss,
            "cpu_share_of_a_core": cpu,
            "bar": {"pss": MOST_PSS, "cpu": MOST_CPU},
            "met": met,
        },
    )

    assert all(met.values()), (pss, cpu)


def _measure_ours(directory: Path, wait_until: WaitUntil) -> Footprint:
    var = Path(mkdtemp(dir=directory)) / "var"
    with (
        SandboxServer(Sandbox(Synthetic(), clock=CLOCK)) as upstream,
        AirqUp(var, AIRQ_OPEN_METEO_URL=upstream.url) as up,
    ):
        up.start("--provider", "open-meteo")
        up.wait_until_running(wait_until)
        found = _look([up.pid])
        up.stop()
    return found


def _measure_peer(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil
) -> Footprint:
    with _peer(valkey, directory, wait_until) as boxes:
        return _look([box.pid for box in boxes])


@contextmanager
def _peer(
    valkey: ValkeyProcess, directory: Path, wait_until: WaitUntil
) -> Iterator[Sequence[ProcessBox]]:
    """Run a worker of two children, a beat and a Flower."""
    celery = (sys.executable, "-m", "celery", "-A", "tests.bench.noop_bare")
    schedule = ("--schedule", str(directory / "schedule"))
    programs = {
        "worker": (*celery, "worker", "--concurrency", "2", "--task-events"),
        "beat": (*celery, "beat", *schedule),
    }
    with ExitStack() as stack:
        boxes = []
        for name, argv in programs.items():
            log = directory / f"peer-{name}.log"
            environment = {"BENCH_BROKER": valkey.url}
            boxes.append(ProcessBox(name, argv, log=log, environment=environment))
            stack.callback(boxes[-1].stop)
        flower = listening_flower(valkey, directory, wait_until, tasks=1000)
        yield [*boxes, stack.enter_context(flower)[0]]


def _look(roots: Sequence[int]) -> Footprint:
    """Watch these processes and all below them while nothing is asked of them."""
    CLOCK.wait(SETTLE_S)
    before = {one.pid: _cpu_s(one) for one in _family(roots)}
    CLOCK.wait(QUIET_S)
    found = _family(roots)
    # First, for to sum up its pages takes each a while.
    used = {one.pid: _cpu_s(one) for one in found}
    pss, cpu = defaultdict[str, float](float), defaultdict[str, float](float)
    for one in found:
        # What was forked has a name of its own, and its parent's command line.
        own = one.name()
        name = own if own not in {"python", "celery"} else " ".join(one.cmdline())[-60:]
        pss[name] += one.memory_full_info().pss / MIB
        cpu[name] += (used[one.pid] - before.get(one.pid, 0.0)) / QUIET_S
    return Footprint(
        len(found),
        round(sum(pss.values()), 1),
        round(sum(cpu.values()), 4),
        {name: round(mib, 1) for name, mib in pss.items()},
        {name: round(share, 4) for name, share in cpu.items()},
    )


def _family(roots: Sequence[int]) -> list[psutil.Process]:
    heads = [psutil.Process(pid) for pid in roots]
    return [*heads, *(child for one in heads for child in one.children(recursive=True))]


def _cpu_s(process: psutil.Process) -> float:
    # The last two are those of its children that have ended.
    return sum(process.cpu_times()[:4])
