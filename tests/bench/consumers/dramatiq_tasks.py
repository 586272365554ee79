"""The task that does nothing, for dramatiq; with a number it publishes so many."""

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.bench.hits import hit

dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_BROKER"]))  # noqa: TID251
noop = dramatiq.actor(hit)

if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        noop.send()
