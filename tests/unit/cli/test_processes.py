"""What runs under `airq up`, and how supervisord is told so."""

from configparser import RawConfigParser
from pathlib import Path

import pytest

from airq_cron.cli import processes
from airq_cron.cli.instance import Layout
from airq_cron.cli.processes import Program
from airq_cron.domain.job import Queue
from airq_cron.errors import ConfigError

LAYOUT = Layout(Path("/srv/100% air"))


def parsed(*programs: Program) -> RawConfigParser:
    """Read the configuration made for *programs* back."""
    parser = RawConfigParser()
    parser.read_string(processes.configuration(programs, LAYOUT, stop_wait_s=8))
    return parser


def test_every_queue_has_exactly_one_worker() -> None:
    """The two workers share the queues without a gap or an overlap."""
    consumed = [
        queue for queues in processes.WORKER_QUEUES.values() for queue in queues
    ]

    assert sorted(Queue) == sorted(consumed)
    assert set(processes.WORKER_QUEUES) == set(processes.WORKER_CHILDREN)


def test_the_ground_starts_first_and_stops_last() -> None:
    """Supervisord starts groups by rising priority and stops them by falling."""
    config = parsed(
        processes.beat(), Program("valkey", ("valkey-server",), ground=True)
    )

    assert "valkey" == config["group:ground"]["programs"]
    assert "beat" == config["group:processes"]["programs"]
    assert config["group:ground"]["priority"] < config["group:processes"]["priority"]


def test_programs_without_a_ground_make_one_group() -> None:
    """With a Redis of one's own there is nothing to start before the processes."""
    config = parsed(processes.beat(), processes.web("127.0.0.1", 3000))

    assert "group:ground" not in config
    assert "beat,api" == config["group:processes"]["programs"]


def test_a_dead_program_comes_back_for_ever_with_back_off() -> None:
    """A program that ends early is a failed start, and failed starts are many."""
    section = parsed(processes.beat())["program:beat"]

    assert "true" == section["autorestart"]
    assert int(section["startsecs"]) >= 5
    assert int(section["startretries"]) >= 100_000


def test_workers_get_eight_seconds_to_hand_back_their_tasks() -> None:
    """SIGTERM lets them finish for 6 s, and supervisord waits longer than that."""
    section = parsed(processes.worker("worker-data"))["program:worker-data"]

    assert "TERM" == section["stopsignal"]
    assert "8" == section["stopwaitsecs"]


def test_what_needs_the_database_waits_for_it() -> None:
    """Beat and workers start when the schema is up to date, the rest at once."""
    made = [processes.beat(), *map(processes.worker, processes.WORKER_QUEUES)]
    config = parsed(processes.web("127.0.0.1", 3000), *made)

    assert "true" == config["program:api"]["autostart"]
    for program in made:
        assert "false" == config[f"program:{program.name}"]["autostart"]


def test_percent_signs_and_spaces_in_paths_survive() -> None:
    """Supervisord expands percent signs and splits commands at spaces."""
    section = parsed(Program("x", ("/opt/a b/100%", "c")))["program:x"]

    assert "'/opt/a b/100%%' c" == section["command"]
    assert "/srv/100%%%% air/log/x.log" == section["stdout_logfile"]


@pytest.mark.parametrize("name", ["air #1", "air ;1", "air\n"])
def test_a_path_that_supervisord_cannot_read_is_refused(name: str) -> None:
    """Half a path would be another directory."""
    with pytest.raises(ConfigError, match=r"^AIRQ_VAR_DIR: "):
        processes.configuration(
            [processes.beat()], Layout(Path("/srv") / name), stop_wait_s=8
        )


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1:3000"), ("::1", "[::1]:3000")]
)
def test_the_api_listens_where_it_is_told(host: str, address: str) -> None:
    """An IPv6 address is bracketed for gunicorn."""
    argv = processes.web(host, 3000).argv

    assert address == argv[argv.index("--bind") + 1]


def test_the_checkout_mounts_its_own_packages() -> None:
    """Beside the checkout, workers and api are top-level packages at its root."""
    root = Path(__file__).resolve().parents[3]

    assert "workers" == processes.mount("workers")
    assert "api" == processes.mount("api")
    assert root == processes.working_directory(LAYOUT)
