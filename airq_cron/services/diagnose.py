"""Judge what an installation says of itself: clocks, versions, processes, broker."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from airq_cron.domain.job import Job
from airq_cron.ports import BrokerFacts, Heartbeat, ProviderState
from airq_cron.services.look_around import process_problems

# Beyond this, two hosts disagree about which second it is.
LARGEST_SKEW_S = 1.0
BROKER = "Redis"
MOST_NAMED = 3
SEALS = "message_keys"
SAME_KEYS = (
    "give every process the same AIRQ_MESSAGE_KEYS in the same order, and restart"
    " those that differ: docs/how-to/seal-messages.md"
)


class Severity(StrEnum):
    """How bad a finding is, from good to bad."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one check came to.

    Attributes:
        code: names the check, for programs.
        text: one sentence.
        fix: what a person can do about it; None when nothing needs to be done.
    """

    code: str
    severity: Severity
    text: str
    fix: str | None = None


def find_warnings(alive: Sequence[Heartbeat]) -> list[Finding]:
    """Return what the live processes disagree about; empty when they agree."""
    found = (
        check_clocks(alive),
        check_zones(alive),
        check_versions(alive),
        check_message_keys(alive),
    )
    return [one for one in found if one.severity in (Severity.WARN, Severity.FAIL)]


def check_clocks(
    alive: Sequence[Heartbeat], others: Mapping[str, float] | None = None
) -> Finding:
    """
    Judge how far clocks lie apart: those of the processes, and that of Redis.

    Args:
        others: further clocks: by name, how many seconds ahead of Redis.
    """
    offsets = {BROKER: 0.0, **(others or {})}
    for beat in alive:
        offset = beat.detail.get("clock_offset_s")
        if offset is not None:
            offsets[f"{beat.name} on {_of(beat, 'host')}"] = float(offset)
    if len(offsets) == 1:
        return Finding("clocks", Severity.UNKNOWN, "no process tells its clock")
    slow, fast = (pick(offsets, key=offsets.__getitem__) for pick in (min, max))
    apart = offsets[fast] - offsets[slow]
    if apart <= LARGEST_SKEW_S:
        text = f"all clocks agree within {apart:.2f} s"
        return Finding("clocks", Severity.OK, text)
    return Finding(
        "clocks",
        Severity.WARN,
        f"clocks are {apart:.1f} s apart: {fast} is ahead of {slow}",
        "let every host keep its time by NTP (chrony or systemd-timesyncd)",
    )


def check_zones(alive: Sequence[Heartbeat]) -> Finding:
    """Judge whether all processes compute fire times with the same zones."""
    return _same(
        alive,
        "tzdata",
        code="tzdata",
        noun="time zones",
        fix="install the same locked requirements everywhere, and restart",
    )


def check_versions(alive: Sequence[Heartbeat]) -> Finding:
    """Judge whether all processes run the same version of airq-cron."""
    return _same(
        alive,
        "version",
        code="versions",
        noun="airq-cron",
        fix="finish the upgrade: restart the processes of the older version",
    )


def check_message_keys(
    alive: Sequence[Heartbeat], ours: Sequence[str] | None = None
) -> Finding:
    """
    Judge whether every worker opens what every process seals.

    Args:
        ours: the fingerprints of the keys of who asks, because it sends too.
    """
    rings = {
        beat.name: tuple(map(str, beat.detail["message_keys"]))
        for beat in alive
        if "message_keys" in beat.detail
    }
    if not rings:
        return Finding(SEALS, Severity.UNKNOWN, "no process tells its message keys")
    readers = {beat.name for beat in alive if beat.role == "worker"} & rings.keys()
    if ours is not None:
        rings["this command"] = tuple(ours)
    for reader, sender in product(sorted(readers), sorted(rings)):
        if not _opens(rings[reader], rings[sender]):
            text = f"{reader} ({_ring(rings[reader])}) refuses what {sender} sends"
            text += f" ({_ring(rings[sender])})"
            return Finding(SEALS, Severity.FAIL, text, SAME_KEYS)
    if len(found := set(rings.values())) == 1:
        return Finding(SEALS, Severity.OK, f"{_ring(found.pop())} everywhere")
    each = (f"{name}: {_ring(ring)}" for name, ring in sorted(rings.items()))
    text = f"a change of message keys is not finished: {'; '.join(each)}"
    return Finding(SEALS, Severity.WARN, text, SAME_KEYS)


def _opens(reader: Sequence[str], sender: Sequence[str]) -> bool:
    return sender[0] in reader if sender else not reader


def _ring(ring: Sequence[str]) -> str:
    return f"message keys {', '.join(ring)}" if ring else "no message keys"


def _same(
    alive: Sequence[Heartbeat], name: str, *, code: str, noun: str, fix: str
) -> Finding:
    users: dict[str, list[str]] = defaultdict(list)
    for beat in alive:
        if name in beat.detail:
            users[str(beat.detail[name])].append(beat.name)
    if not users:
        return Finding(code, Severity.UNKNOWN, f"no process tells its {noun}")
    if len(users) == 1:
        return Finding(code, Severity.OK, f"{noun} {next(iter(users))} everywhere")
    parts = (f"{version} ({', '.join(sorted(users[version]))})" for version in users)
    text = f"{noun} differ: {'; '.join(sorted(parts))}"
    return Finding(code, Severity.WARN, text, fix)


def _of(beat: Heartbeat, name: str) -> str:
    return str(beat.detail.get(name, "an unknown host"))


def check_processes(alive: Sequence[Heartbeat]) -> list[Finding]:
    """Judge whether a beat is alive, and a worker for every queue."""
    problems = process_problems(alive)
    fix = "start everything with: airq up; on one host alone: see the Procfile"
    findings = [
        Finding("processes", Severity.FAIL, problem, fix) for problem in problems
    ]
    if findings:
        return findings
    count = sum(beat.role == "beat" for beat in alive)
    text = f"every queue has a worker; {count} beat{'s' if count > 1 else ''}"
    return [Finding("processes", Severity.OK, text)]


def check_hosts(alive: Sequence[Heartbeat]) -> Finding:
    """Judge whether SQLite, which serves one host, is used from one host alone."""
    hosts = sorted({_of(beat, "host") for beat in alive})
    if len(hosts) <= 1:
        return Finding("hosts", Severity.OK, "SQLite is used on one host")
    return Finding(
        "hosts",
        Severity.FAIL,
        f"SQLite serves one host, and there are {', '.join(hosts)}",
        "set AIRQ_DATABASE_URL to a PostgreSQL database on every host",
    )


def check_broker(facts: BrokerFacts) -> list[Finding]:
    """Judge the settings of Redis that decide whether messages are kept."""
    return [_check_policy(facts.eviction), _check_appending(facts)]


def _check_policy(policy: str | None) -> Finding:
    if policy is None:
        return Finding(
            "eviction",
            Severity.UNKNOWN,
            "Redis does not tell its maxmemory-policy",
            "see to it that it is noeviction",
        )
    if policy == "noeviction":
        return Finding("eviction", Severity.OK, "maxmemory-policy is noeviction")
    return Finding(
        "eviction",
        Severity.FAIL,
        f"maxmemory-policy is {policy}: Redis may drop whole queues",
        "redis-cli CONFIG SET maxmemory-policy noeviction; and in its file",
    )


def _check_appending(facts: BrokerFacts) -> Finding:
    if facts.appending is None:
        text = "Redis does not tell whether it is appendonly"
        return Finding("appendonly", Severity.UNKNOWN, text)
    if facts.appending:
        return Finding("appendonly", Severity.OK, "appendonly is on")
    return Finding(
        "appendonly",
        Severity.WARN,
        "appendonly is off: after a restart of Redis all queues are filled anew",
        "redis-cli CONFIG SET appendonly yes; and in its file",
    )


def first_of(names: Sequence[str]) -> str:
    """Return the first few names, and that there are more."""
    more = ", ..." if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def check_keys(endless: Sequence[str]) -> Finding:
    """Judge whether every key of ours in Redis ends by itself."""
    if not endless:
        return Finding("keys", Severity.OK, "every key of ours in Redis has an end")
    return Finding(
        "keys",
        Severity.WARN,
        f"{len(endless)} keys never end: {first_of(endless)}",
        "redis-cli EXPIRE KEY 604800 for each; if they come back, report it",
    )


def check_providers(states: Sequence[ProviderState]) -> list[Finding]:
    """Judge whether every provider that could be asked may be."""
    disabled = [one for one in states if one.disabled_at is not None]
    if not disabled:
        text = f"nobody is disabled of {', '.join(one.name for one in states)}"
        return [Finding("providers", Severity.OK, text)]
    return [
        Finding(
            "providers",
            Severity.FAIL,
            f"{one.name} refused us for good and is not asked: {one.reason}",
            f"when that is mended: airq providers enable {one.name}",
        )
        for one in disabled
    ]


def check_limits(jobs: Sequence[Job], visibility_timeout_s: float) -> Finding:
    """Judge whether every time limit lies below half the visibility timeout."""
    half = visibility_timeout_s / 2
    long = sorted(job.name for job in jobs if job.time_limit_s >= half)
    if not long:
        text = f"every time limit is below {half:g} s"
        return Finding("limits", Severity.OK, text)
    return Finding(
        "limits",
        Severity.FAIL,
        f"time limits of {half:g} s or more: {', '.join(long)}; Celery would"
        " deliver their runs again while they run",
        "airq jobs update NAME --time-limit-s 1800",
    )
