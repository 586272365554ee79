"""
A local upstream that speaks Open-Meteo's wire format, for demos and tests.

It shows a file of real hours moved to now, or a synthetic model, and does what
upstreams do wrong when asked to.
"""

from airq_cron.sandbox.faults import KINDS, Fault, parse_fault
from airq_cron.sandbox.replay import Replay
from airq_cron.sandbox.server import SandboxServer
from airq_cron.sandbox.source import Pace, Source
from airq_cron.sandbox.synthetic import Synthetic
from airq_cron.sandbox.upstream import Sandbox

__all__ = [
    "KINDS",
    "Fault",
    "Pace",
    "Replay",
    "Sandbox",
    "SandboxServer",
    "Source",
    "Synthetic",
    "parse_fault",
]
