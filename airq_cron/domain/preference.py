"""Which provider speaks for a place when several have figures."""

from collections.abc import Mapping, Sequence

from airq_cron.domain.daily import enough


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
