"""Ask a provider for many batches, so many at a time as it takes."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from airq_cron.domain.measurement import Location
from airq_cron.domain.period import Period
from airq_cron.ports import LocationReadings, Provider

Question = tuple[Sequence[Location], Period]
# Gives the answer, or raises the ProviderError that came of it.
Ask = Callable[[], list[LocationReadings]]


def asks(provider: Provider, batch: Sequence[Location], hours: Period) -> Ask:
    """Return what asks for one batch when it is called."""
    return partial(provider.fetch, batch, since=hours.start, until=hours.end)


def asking(
    provider: Provider, questions: Sequence[Question]
) -> Iterator[tuple[Question, Ask]]:
    """
    Yield each question with what gives its answer, in their order.

    Where the provider takes several calls at once, the next ones are under way
    already; who takes no more answers lets those come to nothing.
    """
    if provider.at_once == 1 or len(questions) == 1:
        for question in questions:
            yield question, asks(provider, *question)
        return
    pool = ThreadPoolExecutor(provider.at_once, "asking")
    under_way: deque[tuple[Question, Future[list[LocationReadings]]]] = deque()
    try:
        for question in questions:
            under_way.append((question, pool.submit(asks(provider, *question))))
            # Twice as many: a slow answer at the head holds up no thread.
            if len(under_way) == 2 * provider.at_once:
                asked, answer = under_way.popleft()
                yield asked, answer.result
        for asked, answer in under_way:
            yield asked, answer.result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
