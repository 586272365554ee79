"""The Celery processes: beat and workers; Celery's words stop here."""
