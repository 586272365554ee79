"""The task that does nothing, for huey; with a number it publishes so many."""

import os
import sys

from huey import RedisHuey

from tests.bench.hits import hit

huey = RedisHuey("bench", url=os.environ["BENCH_BROKER"], results=False)  # noqa: TID251
noop = huey.task(name="noop")(hit)


if __name__ == "__main__":
    # Under its own name, which is the one that the consumer knows.
    from tests.bench.consumers.huey_tasks import noop as named

    for _ in range(int(sys.argv[1])):
        named()
