"""One transaction with every repository of the store."""

from airq_cron.ports import (
    Aggregates,
    AlertRules,
    Audit,
    Backfills,
    Breakers,
    Calls,
    Checks,
    Expiring,
    Flips,
    IdempotencyKeys,
    Jobs,
    Locations,
    Logins,
    Measurements,
    ReportedIndices,
    Runs,
    Sources,
    Tokens,
    Upstreams,
)
from airq_cron.store.aggregates import SqlAggregates
from airq_cron.store.alert_rules import SqlAlertRules
from airq_cron.store.audit import SqlAudit
from airq_cron.store.backfills import SqlBackfills
from airq_cron.store.breakers import SqlBreakers
from airq_cron.store.calls import SqlCalls
from airq_cron.store.checks import SqlChecks
from airq_cron.store.expiring import SqlExpiring
from airq_cron.store.flips import SqlFlips
from airq_cron.store.idempotency import SqlIdempotencyKeys
from airq_cron.store.jobs import SqlJobs
from airq_cron.store.locations import SqlLocations
from airq_cron.store.logins import SqlLogins
from airq_cron.store.measurements import SqlMeasurements
from airq_cron.store.reported import SqlReportedIndices, SqlSources
from airq_cron.store.runs import SqlRuns
from airq_cron.store.session import Session
from airq_cron.store.tokens import SqlTokens
from airq_cron.store.upstreams import SqlUpstreams


class SqlUnit:
    """What a piece of work is given; see `ports.Unit`."""

    def __init__(self, session: Session) -> None:
        connection, clock = session.connection, session.clock
        self.repeated = session.repeated
        self.ledger = SqlRuns(session)
        self.jobs: Jobs = SqlJobs(session)
        self.runs: Runs = self.ledger
        self.measurements: Measurements = SqlMeasurements(connection, clock)
        self.aggregates: Aggregates = SqlAggregates(connection, clock)
        self.locations: Locations = SqlLocations(connection)
        self.reported: ReportedIndices = SqlReportedIndices(connection)
        self.sources: Sources = SqlSources(connection)
        self.tokens: Tokens = SqlTokens(connection)
        self.logins: Logins = SqlLogins(connection)
        self.audit: Audit = SqlAudit(session)
        self.calls: Calls = SqlCalls(session)
        self.backfills: Backfills = SqlBackfills(session)
        self.upstreams: Upstreams = SqlUpstreams(session)
        self.breakers: Breakers = SqlBreakers(session)
        self.flips: Flips = SqlFlips(session)
        self.checks: Checks = SqlChecks(session)
        self.expiring: Expiring = SqlExpiring(session)
        self.idempotency_keys: IdempotencyKeys = SqlIdempotencyKeys(session)
        self.alert_rules: AlertRules = SqlAlertRules(session)
