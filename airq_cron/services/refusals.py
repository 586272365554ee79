"""What follows when a provider refuses us for good, or cannot be understood."""

from collections.abc import Iterable
from datetime import datetime

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.run import instant_text
from airq_cron.domain.sample import NEWEST, sample_text
from airq_cron.errors import MalformedError
from airq_cron.ports import FetchState, Sample, Unit
from airq_cron.services.alert_rules import raise_alert

FOR_GOOD = "permanent_provider"


def settle_refusals(unit: Unit, states: Iterable[FetchState]) -> None:
    """
    Disable every provider that refused us for good, with an alert; idempotent.

    Nobody asks it until a person has looked into it and enables it again.
    """
    refused = {one.provider: one for one in states if one.outcome == FOR_GOOD}
    for name, state in refused.items():
        if unit.upstreams.disable(name, state.detail, state.asked_at):
            raise_alert(unit, _alert(name, state.detail, state.asked_at))


def make_sample(provider: str, at: datetime, error: MalformedError) -> Sample:
    """Return what is kept of an answer that could not be read."""
    body = sample_text(error.body)
    return Sample(provider, at, str(error)[:500], body, len(error.body))


def keep_samples(unit: Unit, samples: Iterable[Sample]) -> None:
    """Keep *samples*, and of each provider the newest few."""
    for sample in samples:
        unit.upstreams.keep_sample(sample, newest=NEWEST)


def enable_provider(unit: Unit, name: str) -> bool:
    """Let a provider be asked again, at once; say whether it was disabled."""
    if not unit.upstreams.enable(name):
        return False
    unit.locations.forget_fetch(name)
    flip = unit.flips.open_flip(_condition(name))
    if flip is not None:
        ended_at = unit.runs.now()
        unit.flips.clear(flip.id, ended_at=ended_at, message=f"{name} is asked again.")
    return True


def _alert(name: str, detail: str, at: datetime) -> Flip:
    return Flip(
        kind=FlipKind.PROVIDER_DISABLED,
        key=f"{_condition(name)}:{instant_text(at)}",
        condition=_condition(name),
        subject=f"provider:{name}",
        message=f"{name} refuses us, and is not asked any more: {detail}. "
        f"When that is mended: airq providers enable {name}",
        began_at=at,
        raised_at=at,
        detail={"provider": name},
    )


def _condition(name: str) -> str:
    return f"{FlipKind.PROVIDER_DISABLED}:{name}"
