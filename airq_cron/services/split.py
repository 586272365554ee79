"""Split a run over many locations into parts, as many as keep the workers busy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airq_cron.domain.run import Claim, State
from airq_cron.errors import UnreachableError
from airq_cron.ports import Heartbeats, Store

# Two for each slot, so that none waits long for the slowest.
PER_SLOT = 2
SLOTS_UNKNOWN = 2
LARGEST = 1000


@dataclass(frozen=True, slots=True)
class FreeSlots:
    """Knows how many parts of a queue could run at this moment."""

    store: Store
    heartbeats: Heartbeats

    def count(self, queue: str) -> int:
        """
        Return how many children of live workers on *queue* are free for parts.

        The one that asks is among them: it is free when it has split its run.
        It is 2 where nobody says which workers there are.
        """
        try:
            alive = self.heartbeats.alive()
        except UnreachableError:
            return SLOTS_UNKNOWN
        children = sum(
            int(one.detail.get("children", 0))
            for one in alive
            if one.role == "worker" and queue in one.detail.get("queues", ())
        )
        if not children:
            return SLOTS_UNKNOWN
        with self.store.read() as unit:
            running = unit.runs.count_by_state().get((queue, State.RUNNING), 0)
        return max(1, children - running + 1)


def split_locations(
    claim: Claim,
    locations: Sequence[str],
    slots: FreeSlots,
    *,
    smallest: int,
    largest: int = LARGEST,
) -> list[dict[str, Any]]:
    """
    Return the parameters of the parts that share *locations*, in this order.

    There are none when the run had better do its work itself: it is a part, or
    one part would have it all.
    """
    if claim.part or len(locations) <= smallest:
        return []
    free = slots.count(claim.queue)
    sizes = plan_parts(len(locations), free, smallest=smallest, largest=largest)
    if len(sizes) == 1:
        return []
    parts: list[dict[str, Any]] = []
    start = 0
    for size in sizes:
        chosen = list(locations[start : start + size])
        parts.append(dict(claim.params) | {"locations": chosen})
        start += size
    return parts


def plan_parts(count: int, slots: int, *, smallest: int, largest: int) -> list[int]:
    """
    Return how many of *count* items each part gets: about two parts a free slot.

    Sizes differ by one at most. No part is larger than *largest*; none is smaller
    than *smallest*, unless the largest would have to be exceeded, or there are
    fewer items. There is one part at least.
    """
    wanted = PER_SLOT * slots
    number = max(1, min(wanted, count // smallest), -(-count // largest))
    size, more = divmod(count, number)
    return [size + 1] * more + [size] * (number - more)
