"""All tables of the store, on one MetaData."""

from airq_cron.store import (
    air_tables,
    breaker_tables,
    call_tables,
    check_tables,
    flip_tables,
    history_tables,
    idempotency_tables,
    ledger_tables,
    login_tables,
    reported_tables,
    upstream_tables,
)
from airq_cron.store.metadata import metadata

__all__ = [
    "air_tables",
    "breaker_tables",
    "call_tables",
    "check_tables",
    "flip_tables",
    "history_tables",
    "idempotency_tables",
    "ledger_tables",
    "login_tables",
    "metadata",
    "reported_tables",
    "upstream_tables",
]
