"""Hosts that share a machine and nothing of their network, and a wire to cut."""

import os
import shutil
import subprocess
from types import TracebackType
from typing import Self

SUBNET = "10.213.7"
GATEWAY = 254


class Network:
    """
    A bridge with one network namespace a host; nothing of it stays after the block.

    The names hold our process id, so that two of them do not meet; their addresses
    would, so there is one at a time.
    """

    def __init__(self, *hosts: str) -> None:
        """Have *hosts* in this order of addresses; nothing is made yet."""
        self._number = {host: at for at, host in enumerate(hosts, 1)}
        self._bridge = f"aq{os.getpid()}"

    def __enter__(self) -> Self:
        """Make everything, and leave nothing behind when that fails half-way."""
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what was made, by its names."""
        self._remove()

    def address(self, host: str) -> str:
        """Return the address of *host*, which the test reaches as well."""
        return f"{SUBNET}.{self._number[host]}"

    def inside(self, host: str) -> tuple[str, ...]:
        """Return what makes a command line one of *host*."""
        return (_ip(), "netns", "exec", self._namespace(host))

    def cut(self, host: str) -> None:
        """Take the wire of *host* away; its processes go on and notice."""
        _run("link", "set", self._wire(host), "down")

    def mend(self, host: str) -> None:
        """Put the wire back."""
        _run("link", "set", self._wire(host), "up")

    def _make(self) -> None:
        _run("link", "add", self._bridge, "type", "bridge")
        _run("addr", "add", f"{SUBNET}.{GATEWAY}/24", "dev", self._bridge)
        _run("link", "set", self._bridge, "up")
        for host in self._number:
            space, wire = self._namespace(host), self._wire(host)
            _run("netns", "add", space)
            _run(*f"link add {wire} type veth peer name eth0 netns {space}".split())
            _run("link", "set", wire, "master", self._bridge, "up")
            own = f"{self.address(host)}/24"
            _run("-n", space, "addr", "add", own, "dev", "eth0")
            for device in ("lo", "eth0"):
                _run("-n", space, "link", "set", device, "up")

    def _remove(self) -> None:
        for host in self._number:
            _run("netns", "del", self._namespace(host), check=False)
            _run("link", "del", self._wire(host), check=False)
        _run("link", "del", self._bridge, check=False)

    def _namespace(self, host: str) -> str:
        return f"{self._bridge}-{host}"

    def _wire(self, host: str) -> str:
        return f"{self._bridge}{host}"


def why_not() -> str | None:
    """Return why this machine can have no such network; None when it can."""
    if os.getuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip`: apt install iproute2"
    probe = f"aq{os.getpid()}-probe"
    done = _run("netns", "add", probe, check=False)
    if done.returncode:
        return f"no network namespaces here: {done.stderr.strip()}"
    _run("netns", "del", probe)
    return None


def _ip() -> str:
    return shutil.which("ip") or "ip"


def _run(*words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([_ip(), *words], check=check, capture_output=True, text=True)
