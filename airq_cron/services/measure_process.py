"""What a process and its host use, told with every sign of life."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil


class ProcessMeter:
    """
    Measures this process with its children, and the host it runs on.

    Args:
        directory: whose file system's free space counts.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[int, psutil.Process] = {}

    def read(self) -> dict[str, Any]:
        """
        Return the figures since the last call.

        Returns:
            `cpu_percent` (of one core; 0 at the first call) and `rss_bytes`, with
            all children; `machine`: `cores`, `load_1m`, `cpu_percent` (of all
            cores), `memory_percent`, and `disk_free_bytes` where it can be told.
            Memory that children share is counted with each.
        """
        cpu, rss = 0.0, 0
        for process in self._family():
            with suppress(psutil.Error):
                cpu += process.cpu_percent()
                rss += process.memory_info().rss
        return {
            "cpu_percent": round(cpu, 1),
            "rss_bytes": rss,
            "machine": self._machine(),
        }

    def _family(self) -> list[psutil.Process]:
        """Return this process and its children; each kept, to tell what it used."""
        own = psutil.Process()
        family = [own]
        with suppress(psutil.Error):
            family += own.children(recursive=True)
        self._known = {one.pid: self._known.get(one.pid, one) for one in family}
        return list(self._known.values())

    def _machine(self) -> dict[str, Any]:
        figures = {
            "cores": psutil.cpu_count() or 1,
            "load_1m": round(psutil.getloadavg()[0], 2),
            "cpu_percent": psutil.cpu_percent(),
            "memory_percent": psutil.virtual_memory().percent,
        }
        with suppress(OSError):
            figures["disk_free_bytes"] = psutil.disk_usage(str(self._directory)).free
        return figures
