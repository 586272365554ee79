"""The lines that licences want to be shown beside figures, by provider."""

from airq_cron.domain.measurement import Origin
from airq_cron.providers.csv_forms import FORMS
from airq_cron.providers.registry import (
    OPEN_METEO,
    SANDBOX,
    SANDBOX_LINES,
    open_meteo_line,
)


def attribution_lines(year: int, sandbox: Origin = Origin.SYNTHETIC) -> dict[str, str]:
    """
    Return the line of every provider that may have figures here.

    Figures outlive the setting that asked for them, so none is left out because it
    is not asked at present.

    Args:
        year: the present one, which the line of Copernicus names.
        sandbox: what the sandbox shows, `synthetic` or `replayed`.
    """
    lines = {form.id: form.attribution for form in FORMS.values()}
    lines[OPEN_METEO] = open_meteo_line(year)
    lines[SANDBOX] = SANDBOX_LINES[sandbox]
    return lines
