"""The task that does nothing, for rq: `python -m tests.bench.consumers.rq_tasks N`."""

import os
import sys

from redis import Redis
from rq import Queue

from tests.bench.hits import hit

CHUNK = 500


def fill(count: int) -> None:
    """Publish so many."""
    queue = Queue(
        "bench",
        connection=Redis.from_url(os.environ["BENCH_BROKER"]),  # noqa: TID251
    )
    for first in range(0, count, CHUNK):
        some = range(first, min(first + CHUNK, count))
        queue.enqueue_many([Queue.prepare_data(hit, result_ttl=0) for _ in some])


if __name__ == "__main__":
    fill(int(sys.argv[1]))
