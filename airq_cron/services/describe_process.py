"""What a process tells of itself with every sign of life."""

import os
import socket
from functools import cache
from importlib import import_module
from typing import Any

from airq_cron import __version__


def describe_process() -> dict[str, Any]:
    """
    Return where this process runs and with which versions.

    Returns:
        `host`, `pid`, `version` (of airq-cron) and `tzdata`. The heartbeat adds
        `clock_offset_s`.
    """
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": __version__,
        "tzdata": tzdata_version(),
    }


@cache
def tzdata_version() -> str:
    """Return the version of the zones that fire times are computed with: `2026f`."""
    return str(import_module("tzdata").IANA_VERSION)
