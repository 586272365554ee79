"""Which provider speaks for a place when several have figures."""

from collections.abc import Collection, Mapping, Sequence

from airq_cron.domain.daily import enough
from airq_cron.errors import InvalidError

# Under these ids the importers store; no upstream is asked for them.
IMPORTED = frozenset({"airparif", "uci-beijing", "openaq"})
UPSTREAMS = frozenset({"open-meteo", "iqair"})
SANDBOX = "sandbox"


def choose_provider(
    hours: Mapping[str, int], preference: Sequence[str], expected: int
) -> str | None:
    """
    Return the provider whose figures of one day and pollutant are shown.

    It is the first, in order of preference, that covers at least 75 % of the
    day; failing that the first that has an hour at all, failing that the first
    that has a figure. Figures of two providers are never mixed.

    Args:
        hours: valid hours of each provider that has a figure.
        preference: the location's providers; others follow by name.
        expected: hours of the day.
    """
    order = in_order(hours, preference)
    for name in order:
        if hours[name] > 0 and enough(hours[name], expected):
            return name
    return next((name for name in order if hours[name] > 0), next(iter(order), None))


def in_order(names: Mapping[str, object], preference: Sequence[str]) -> list[str]:
    """Return *names* in order of *preference*, those it does not name last."""
    ranks = {name: rank for rank, name in enumerate(preference)}
    return sorted(names, key=lambda name: (ranks.get(name, len(ranks)), name))


def accept_providers(names: Sequence[str], live: Collection[str]) -> tuple[str, ...]:
    """
    Return the providers of a location as they are stored.

    On the sandbox, which stands in for every upstream, its name takes the place
    of theirs, so that the same file of locations works with and without a
    network.

    Args:
        live: the upstreams that are asked here.

    Raises:
        InvalidError: `providers` holds a name that nothing answers to.
    """
    stored: list[str] = []
    for name in names:
        kept = SANDBOX if name in UPSTREAMS and SANDBOX in live else name
        if kept not in live and kept not in IMPORTED:
            known = ", ".join(sorted({*live, *IMPORTED}))
            raise InvalidError("providers", f"{name!r} is none of {known}")
        if kept not in stored or kept == name:
            stored.append(kept)
    return tuple(stored)
