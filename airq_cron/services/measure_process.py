"""What a process and its host use, told with every sign of life."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

# To find children, all processes of the host are looked at.
CHILDREN_EVERY = 10


class ProcessMeter:
    """
    Measures this process with its children, and the host it runs on.

    It looks for children at the first reading, at each tenth from there, and at the
    one after a reading that found one of them gone.

    Args:
        directory: whose file system's free space counts.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[int, psutil.Process] = {}
        self._until_look = 0

    def read(self) -> dict[str, Any]:
        """
        Return the figures since the last call.

        Returns:
            `cpu_percent` (of one core; of a process 0 when it was just found) and
            `rss_bytes`, with all children; `machine`: `cores`, `load_1m`,
            `cpu_percent` (of all cores), `memory_percent`, and `disk_free_bytes`
            where it can be told.
            Memory that children share is counted with each.
        """
        if self._until_look == 0:
            self._look()
        self._until_look -= 1
        cpu, rss = 0.0, 0
        for process in list(self._known.values()):
            try:
                cpu += process.cpu_percent()
                rss += process.memory_info().rss
            except psutil.Error:
                del self._known[process.pid]
                self._until_look = 0
        return {
            "cpu_percent": round(cpu, 1),
            "rss_bytes": rss,
            "machine": self._machine(),
        }

    def _look(self) -> None:
        """Find this process and its children; each is kept, to tell what it used."""
        own = psutil.Process()
        family = [own]
        with suppress(psutil.Error):
            family += own.children(recursive=True)
        self._known = {one.pid: self._known.get(one.pid, one) for one in family}
        self._until_look = CHILDREN_EVERY

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
