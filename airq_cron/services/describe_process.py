"""What a process tells of itself with every sign of life."""

import hashlib
import os
import socket
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from airq_cron import __version__


def describe_process(message_ring: Sequence[str] = ()) -> dict[str, Any]:
    """
    Return where this process runs, with which versions, and which keys it holds.

    Args:
        message_ring: its keys of messages, the one that seals first.

    Returns:
        `host`, `pid`, `version` (of airq-cron), `tzdata`, and `message_keys`, the
        fingerprints of the keys. The heartbeat adds `clock_offset_s`.
    """
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": __version__,
        "tzdata": tzdata_version(),
        "message_keys": [fingerprint(key) for key in message_ring],
    }


def fingerprint(key: str) -> str:
    """
    Return 8 characters by which people tell keys apart.

    They say nothing of the key: it has 256 random bits, and this is 32 of a digest.
    """
    return hashlib.sha256(b"airq message key " + key.encode()).hexdigest()[:8]


@cache
def tzdata_version() -> str:
    """Return the version of the zones that fire times are computed with: `2026f`."""
    return str(import_module("tzdata").IANA_VERSION)
