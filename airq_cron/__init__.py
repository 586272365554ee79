"""airq-cron keeps an air-quality record complete."""

__version__ = "0.1.0"
