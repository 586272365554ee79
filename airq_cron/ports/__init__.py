"""What the services need from the world: the store, the broker, the upstream."""

from airq_cron.ports.air import (
    Aggregates,
    DayStamp,
    DirtyDay,
    DirtyHour,
    FetchState,
    KeptDay,
    Locations,
    Measurements,
    UpsertCount,
)
from airq_cron.ports.audit import (
    CALL_ORIGIN,
    Audit,
    AuditEntry,
    AuditFilter,
    CallOrigin,
)
from airq_cron.ports.backfill import Backfills
from airq_cron.ports.breaker import Breakers, BreakerStanding, BreakerStorage
from airq_cron.ports.broker import (
    BrokerFacts,
    Dispatcher,
    Heartbeat,
    Heartbeats,
    Message,
    Queues,
    QueueState,
)
from airq_cron.ports.calls import Calls, NewAddress, Toll
from airq_cron.ports.channels import Channel
from airq_cron.ports.checks import Check, Checks
from airq_cron.ports.counters import Answered, Batch, Counters
from airq_cron.ports.dead_letters import DeadLetters, Inquiry, LetterFilter, Mark
from airq_cron.ports.expiring import Expired, Expiring, RowKind
from airq_cron.ports.flips import AlertRules, FlipFilter, Flips
from airq_cron.ports.idempotency import IdempotencyKeys
from airq_cron.ports.job_watch import JobWatch
from airq_cron.ports.ledger import JobFigures, Jobs, Move, RunFilter, Runs
from airq_cron.ports.leftovers import Leftovers, WaitingMessage
from airq_cron.ports.logins import BrowserSession, Logins
from airq_cron.ports.reported import ReportedIndices, ReportedKey, Sources
from airq_cron.ports.sighting import Lookout, Sighting
from airq_cron.ports.snapshots import Snapshots
from airq_cron.ports.store import Store, Token, Tokens, Unit
from airq_cron.ports.streaks import Streaks
from airq_cron.ports.throttle import Throttle
from airq_cron.ports.traffic import (
    Gate,
    ProviderState,
    Sample,
    Traffic,
    Upstreams,
)
from airq_cron.ports.upstream import (
    FileRow,
    IndexProvider,
    LocationReadings,
    Provider,
)

__all__ = [
    "UpsertCount",
    "DayStamp",
    "DirtyHour",
    "DirtyDay",
    "FetchState",
    "KeptDay",
    "Mark",
    "Measurements",
    "Aggregates",
    "Locations",
    "Message",
    "QueueState",
    "Sighting",
    "Lookout",
    "Dispatcher",
    "Queues",
    "BrokerFacts",
    "Heartbeat",
    "Heartbeats",
    "Audit",
    "AuditEntry",
    "AuditFilter",
    "CALL_ORIGIN",
    "CallOrigin",
    "Calls",
    "NewAddress",
    "Leftovers",
    "WaitingMessage",
    "Toll",
    "Backfills",
    "Breakers",
    "BreakerStanding",
    "BreakerStorage",
    "Channel",
    "AlertRules",
    "Answered",
    "Batch",
    "Check",
    "Checks",
    "Expired",
    "Expiring",
    "RowKind",
    "Counters",
    "DeadLetters",
    "FlipFilter",
    "IdempotencyKeys",
    "Flips",
    "Inquiry",
    "LetterFilter",
    "RunFilter",
    "Snapshots",
    "Streaks",
    "Move",
    "JobFigures",
    "JobWatch",
    "Jobs",
    "Runs",
    "Token",
    "Tokens",
    "BrowserSession",
    "Logins",
    "Throttle",
    "Unit",
    "Store",
    "LocationReadings",
    "Provider",
    "IndexProvider",
    "ReportedIndices",
    "ReportedKey",
    "Sources",
    "Gate",
    "ProviderState",
    "Sample",
    "Traffic",
    "Upstreams",
    "FileRow",
]
