"""Whoever has figures is named."""

from airq_cron.domain.measurement import Origin
from airq_cron.domain.preference import IMPORTED
from airq_cron.providers.attribution import attribution_lines


def test_every_provider_of_figures_has_its_line():
    """Those of files, the upstream, and the sandbox."""
    lines = attribution_lines(2026)

    assert {*IMPORTED, "open-meteo", "sandbox"} <= set(lines)
    assert "" not in lines.values()
    assert "ODbL" in lines["airparif"]
    assert (
        "Copernicus Atmosphere Monitoring Service information 2026"
        in (lines["open-meteo"])
    )


def test_the_sandbox_says_what_it_shows():
    """Neither is real air of the present."""
    synthetic = attribution_lines(2026)["sandbox"]
    replayed = attribution_lines(2026, Origin.REPLAYED)["sandbox"]

    assert "synthetic" in synthetic
    assert "replayed" in replayed
