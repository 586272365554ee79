"""Every kind of fault, and the order in which a drill lets them happen."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random

import psutil
import redis

from airq_cron.clock import Clock
from tests.chaos.fleet import Fleet, Node
from tests.chaos.proxy import BrokerProxy
from tests.integration.nodes import ValkeyProcess

# Longer than a lease, which lasts 10 s.
FREEZE_S = 12.0
SILENCE_S = 20.0
BROKER_DOWN_S = 1.0
REPLIES_LOST = 2
# How often each kind happens in 90 s of load, beside the once of `Faults.plan`.
AGAIN = {
    "kill_child": 5,
    "kill_worker": 2,
    "kill_beat": 2,
    "freeze_beat": 1,
    "freeze_worker": 1,
    "kill_broker": 2,
    "flush_broker": 3,
    "cut_replies": 4,
}
LOG = logging.getLogger("chaos")


class Faults:
    """
    What can befall any scheduler: its processes, its broker, and the wire.

    A fault that lasts is begun here and undone by `heal`, so that others happen
    meanwhile.

    Attributes:
        counts: how many of each kind have happened.
        ended_at: when the last one ended, by the monotonic clock.
    """

    again = AGAIN

    def __init__(
        self, fleet: Fleet, valkey: ValkeyProcess, proxy: BrokerProxy, clock: Clock
    ) -> None:
        """Hurt *fleet* and its broker."""
        self.fleet = fleet
        self.counts: Counter[str] = Counter()
        self.ended_at = clock.monotonic()
        self._valkey = valkey
        self._proxy = proxy
        self._clock = clock
        self._lasting: list[tuple[float, str, Callable[[], None]]] = []

    def kinds(self) -> dict[str, Callable[[Random], bool]]:
        """Return every kind by name; each says whether it has happened."""
        return {
            "kill_child": self._kill_child,
            "kill_worker": lambda random: self._kill(random, self.fleet.workers),
            "kill_beat": lambda random: self._kill(random, self.fleet.beats),
            "freeze_beat": lambda random: self._freeze(random, self.fleet.beats),
            "freeze_worker": lambda random: self._freeze(random, self.fleet.workers),
            "kill_broker": self._kill_broker,
            "flush_broker": self._flush_broker,
            "cut_replies": self._cut_replies,
            "silence_broker": self._silence_broker,
        }

    def plan(self, random: Random, rounds: int) -> list[str]:
        """Return kinds in order: each once, then more of most, so many *rounds*."""
        order: list[str] = []
        for _ in range(rounds):
            once = sorted(self.kinds())
            more = sorted(Counter(self.again).elements())
            random.shuffle(once)
            random.shuffle(more)
            order += [*once, *more]
        return order

    def may(self, kind: str) -> bool:
        """
        Say whether *kind* may happen now.

        A process that starts while the broker is silent ends with exit code 2, as
        documented; two frozen workers would only be an outage; and a broker that is
        down or silent has nothing to lose.
        """
        under_way = self.under_way
        if kind in under_way:
            return False
        if "silence_broker" in under_way:
            return kind in {"kill_child", "freeze_beat", "freeze_worker"}
        if kind == "silence_broker" and not self.fleet.is_up():
            return False
        return "kill_broker" not in under_way

    def suffer(self, kind: str, random: Random) -> bool:
        """Let one fault of *kind* happen and count it; say whether it did."""
        if not self.may(kind) or not self.kinds()[kind](random):
            return False
        self.counts[kind] += 1
        LOG.info("%s", kind)
        self.ended_at = self._clock.monotonic()
        return True

    def heal(self, *, all_of_them: bool = False) -> None:
        """Undo what has lasted long enough, or everything."""
        now = self._clock.monotonic()
        for entry in list(self._lasting):
            until, kind, undo = entry
            if all_of_them or now >= until:
                undo()
                LOG.info("%s is over", kind)
                self._lasting.remove(entry)
                self.ended_at = self._clock.monotonic()

    @property
    def under_way(self) -> set[str]:
        """The kinds that last at this moment."""
        return {kind for _, kind, _ in self._lasting}

    def last(self, seconds: float, kind: str, undo: Callable[[], None]) -> None:
        """Have *undo* called when *seconds* have passed."""
        self._lasting.append((self._clock.monotonic() + seconds, kind, undo))

    def _kill_child(self, random: Random) -> bool:
        children = self.fleet.children()
        if not children:
            return False
        with suppress(psutil.NoSuchProcess):
            random.choice(children).kill()
        return True

    def _kill(self, random: Random, nodes: Iterable[Node]) -> bool:
        self.fleet.kill(random.choice(list(nodes)))
        return True

    def _freeze(self, random: Random, nodes: Iterable[Node]) -> bool:
        node = random.choice(list(nodes))
        kind = "freeze_beat" if node in self.fleet.beats else "freeze_worker"
        self.last(FREEZE_S, kind, self.fleet.freeze(node).thaw)
        return True

    def _kill_broker(self, random: Random) -> bool:
        del random
        self._valkey.box.kill("SIGKILL")
        self.last(BROKER_DOWN_S, "kill_broker", self._valkey.box.start)
        return True

    def _flush_broker(self, random: Random) -> bool:
        del random
        with redis.Redis.from_url(self._valkey.url) as client:
            client.flushall()
        return True

    def _cut_replies(self, random: Random) -> bool:
        del random
        self._proxy.lose_replies(REPLIES_LOST)
        return True

    def _silence_broker(self, random: Random) -> bool:
        del random
        self._proxy.fall_silent()
        self.last(SILENCE_S, "silence_broker", self._proxy.speak_again)
        return True
