"""How far this host's clock is ahead of the Redis server's."""

from typing import Any

import redis

from airq_cron.clock import Clock

# An answer that took longer says too little: the offset may be wrong by half of it.
LONGEST_ANSWER_S = 0.5
MICROSECOND_S = 1e-6


class ClockWatch:
    """
    Compares the two clocks whenever Redis tells its time.

    Redis is taken to have answered halfway between question and answer.

    Attributes:
        offset_s: this host's clock minus Redis'; None before the first answer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_s: float | None = None

    def measure(self, client: redis.Redis) -> float | None:
        """Ask once, and return the offset; raises redis.RedisError."""
        began = self.now_s()
        return self.compare(began, client.time())

    def now_s(self) -> float:
        """Return this host's clock, in seconds since the epoch."""
        return self._clock.now().timestamp()

    def compare(self, began_s: float, told: Any) -> float | None:
        """
        Take note of an answer to a question asked at *began_s*.

        Args:
            told: seconds and microseconds, as Redis gives them.
        """
        ended_s = self.now_s()
        if 0 <= ended_s - began_s <= LONGEST_ANSWER_S:
            server_s = told[0] + told[1] * MICROSECOND_S
            self.offset_s = round((began_s + ended_s) / 2 - server_s, 3)
        return self.offset_s
