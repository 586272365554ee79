"""Our workers' app, whose provider takes one place a call."""

from airq_cron.providers.open_meteo import OpenMeteo
from workers.app import app

OpenMeteo.batch_size = 1

__all__ = ["app"]
