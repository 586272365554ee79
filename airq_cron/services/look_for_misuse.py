"""Look for what may be misuse: refused calls, runs by hand, tokens elsewhere."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from airq_cron.domain.flip import FlipKind
from airq_cron.domain.run import instant_text
from airq_cron.ports import NewAddress, Toll, Unit
from airq_cron.services.look_around import Finding
from airq_cron.services.record_refusal import REFUSED
from airq_cron.services.trigger import EXECUTED

WINDOW = timedelta(minutes=10)
# So long an address is new; for as long again it is told that it is not any more.
NEW_FOR = timedelta(days=1)
MOST_ADDRESSES = 100


def look_for_misuse(
    unit: Unit, at: datetime, *, refusals: float, manual_runs: float
) -> Iterator[Finding]:
    """
    Look at the last ten minutes, and at the addresses of the last two days.

    Args:
        refusals: more refused calls are many.
        manual_runs: more runs by hand are many.
    """
    since = at - WINDOW
    refused = unit.audit.toll(REFUSED, since, by="address")
    yield _refusals(refused.plus(unit.calls.refusals_since(since)), refusals)
    yield _manual_runs(unit.audit.toll(EXECUTED, since, by="actor"), manual_runs)
    for one in unit.calls.new_addresses(at - 2 * NEW_FOR, MOST_ADDRESSES):
        yield _address(one, at)


def _refusals(toll: Toll, limit: float) -> Finding:
    return Finding(
        kind=FlipKind.MANY_REFUSALS,
        subject="api:refusals",
        holds=_holds(toll, limit),
        message=f"{toll.calls} calls were refused in ten minutes, more than "
        f"{limit:g}{_most(toll, 'from')}. Which: airq audit list --action {REFUSED}",
        relief=f"{toll.calls} calls were refused in the last ten minutes",
        detail=_detail(toll, limit),
    )


def _manual_runs(toll: Toll, limit: float) -> Finding:
    return Finding(
        kind=FlipKind.MANY_MANUAL_RUNS,
        subject="api:manual-runs",
        holds=_holds(toll, limit),
        message=f"{toll.calls} runs were started by hand in ten minutes, more than "
        f"{limit:g}{_most(toll, 'by')}. Which: airq audit list --action {EXECUTED}",
        relief=f"{toll.calls} runs were started by hand in the last ten minutes",
        detail=_detail(toll, limit),
    )


def _address(one: NewAddress, at: datetime) -> Finding:
    return Finding(
        kind=FlipKind.NEW_ADDRESS,
        subject=f"token_address:{one.token}@{one.address}",
        holds=at - one.first_seen_at < NEW_FOR,
        message=f"Token {one.token} was used from {one.address}, where it was never "
        f"used before. If that was nobody of yours: airq token revoke {one.token}",
        relief=f"Token {one.token} is known to be used from {one.address}",
        detail={
            "token": one.token,
            "address": one.address,
            "first_seen_at": instant_text(one.first_seen_at),
        },
        since=one.first_seen_at,
    )


def _holds(toll: Toll, limit: float) -> bool | None:
    """Between the limit and half of it nothing changes, so that it does not flap."""
    return None if limit / 2 < toll.calls <= limit else toll.calls > limit


def _most(toll: Toll, word: str) -> str:
    return f", {toll.most_calls} of them {word} {toll.most}" if toll.most else ""


def _detail(toll: Toll, limit: float) -> dict[str, object]:
    return {
        "calls": toll.calls,
        "limit": limit,
        "most": toll.most,
        "most_calls": toll.most_calls,
    }
