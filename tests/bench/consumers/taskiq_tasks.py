"""The task that does nothing, for taskiq; with a number it publishes so many."""

import asyncio
import os
import sys

from taskiq_redis import ListQueueBroker

from tests.bench.hits import hit

broker = ListQueueBroker(url=os.environ["BENCH_BROKER"])  # noqa: TID251


async def work() -> None:
    """Leave a byte."""
    hit()


noop = broker.register_task(work, task_name="noop")


async def fill(count: int) -> None:
    """Publish so many."""
    await broker.startup()
    for _ in range(count):
        await noop.kiq()
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
