"""Decide what `airq up` starts, before anything is started."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from airq_cron.cli import processes
from airq_cron.cli.addresses import answers, choose_port, free_port
from airq_cron.cli.embedded import valkey_binary, valkey_configuration
from airq_cron.cli.instance import Layout
from airq_cron.cli.processes import Program
from airq_cron.config import Secret, Settings
from airq_cron.errors import ConfigError
from airq_cron.telemetry.client import check, connect


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What will run.

    Attributes:
        settings: what the processes get: nothing is left to choose in them.
        programs: in the order of their start.
        remarks: what a person must be told about choices made for them.
    """

    settings: Settings
    programs: tuple[Program, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upstream:
    """The provider that was chosen, and why when it was not asked for."""

    provider: str
    remark: str | None = None


def choose_upstream(settings: Settings) -> Upstream:
    """
    Return the provider to use: the one that was named, or what `auto` comes to.

    A database of one's own is never filled from the sandbox unasked.
    """
    if settings.provider != "auto":
        return Upstream(settings.provider)
    if answers(settings.open_meteo_url):
        return Upstream("open-meteo")
    unreached = f"Open-Meteo ({settings.open_meteo_url}) cannot be reached"
    if settings.database_url is not None:
        return Upstream(
            "open-meteo",
            f"{unreached}; it is asked again every minute. The sandbox is not used, "
            "because AIRQ_DATABASE_URL is set (AIRQ_PROVIDER=sandbox would).",
        )
    return Upstream(
        "sandbox",
        f"{unreached}: started on the sandbox, a local upstream with {_air(settings)}. "
        "Its data is kept apart, in the directory sandbox.",
    )


def _air(settings: Settings) -> str:
    replayed = settings.sandbox_data
    return f"the air of {replayed.name}" if replayed else "made-up air"


def make_plan(
    settings: Settings, layout: Layout, upstream: Upstream, *, port_asked: bool
) -> Plan:
    """
    Prepare the directories and say what to start.

    Raises:
        ConfigError: an asked-for port is taken, no Valkey can be started, the
            sandbox's file cannot be read, or the API would be open to a network.
        UnreachableError: the Redis that was named does not answer.
    """
    settings.check_listening()
    remarks = [upstream.remark] if upstream.remark else []
    port = choose_port(settings.host, settings.port, asked=port_asked)
    if port != settings.port:
        remarks.append(f"Port {settings.port} is taken: the API is on {port}.")
    on_sandbox = upstream.provider == "sandbox"
    if on_sandbox:
        _check_readable(settings.sandbox_data)
    data = layout.var / "sandbox" if on_sandbox else layout.var
    data.mkdir(mode=0o700, exist_ok=True)
    programs = []
    if settings.redis_url is None:
        address, broker = _embedded_broker(layout, data)
        settings = replace(settings, redis_url=Secret(address))
        programs.append(broker)
    else:
        check(connect(settings.redis_address), settings.redis_address)
    if on_sandbox:
        sandbox_port = free_port()
        programs.append(processes.upstream(sandbox_port))
        settings = replace(settings, open_meteo_url=f"http://127.0.0.1:{sandbox_port}")
    settings = replace(settings, var_dir=data, port=port, provider=upstream.provider)
    programs += [processes.web(settings.host, port), processes.beat()]
    programs += [processes.worker(name) for name in processes.WORKER_QUEUES]
    return Plan(settings, tuple(programs), tuple(remarks))


def _check_readable(data: Path | None) -> None:
    """Refuse a file that the sandbox would fail on again and again."""
    if data is not None and not (data.is_file() and os.access(data, os.R_OK)):
        raise ConfigError("AIRQ_SANDBOX_DATA", f"{data} is no file that can be read")


def _embedded_broker(layout: Layout, data: Path) -> tuple[str, Program]:
    socket = layout.sockets / "valkey.sock"
    directory = data / "valkey"
    directory.mkdir(mode=0o700, exist_ok=True)
    file = layout.sockets / "valkey.conf"
    file.write_text(valkey_configuration(directory, socket), encoding="utf-8")
    address = f"unix://{quote(str(socket))}?db=0"
    return address, processes.broker(valkey_binary(), file)
