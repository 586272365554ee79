"""The drill's network does what the drill believes of it."""

import subprocess
from pathlib import Path

import pytest

from tests.chaos.netns import Network, why_not
from tests.chaos.servers import Servers
from tests.conftest import WaitUntil
from tests.integration.nodes import ProcessBox
from tests.integration.postgres import find_binaries

PORT = 8000


@pytest.fixture(autouse=True)
def possible() -> None:
    """Skip with the reason where there can be no such network."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)


def reaches(network: Network, host: str, other: str) -> bool:
    """Say whether *host* gets an answer from what listens on *other*."""
    address = f"http://{network.address(other)}:{PORT}/"
    asked = (*network.inside(host), "curl", "-s", "-o", "/dev/null", "-m", "1", address)
    return subprocess.run(asked, check=False).returncode == 0


def spaces() -> str:
    """Return all namespaces and devices of this machine as one text."""
    asked = (("ip", "netns", "list"), ("ip", "-br", "link"))
    return "".join(subprocess.check_output(one, text=True) for one in asked)


def test_a_host_that_is_cut_off_is_out_of_reach_and_comes_back(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """In both directions; the others go on, and nothing is left at the end."""
    with Network("a", "b", "c") as network:
        argv = (*network.inside("c"), "python3", "-m", "http.server", str(PORT))
        box = ProcessBox("listener", argv, log=tmp_path / "listener.log")
        try:
            wait_until(lambda: reaches(network, "a", "c"), "a reaches c")
            network.cut("a")
            assert not reaches(network, "a", "c")
            assert reaches(network, "b", "c")
            network.mend("a")
            wait_until(lambda: reaches(network, "a", "c"), "a reaches c again")
        finally:
            box.kill("SIGKILL")
        name = network.inside("a")[-1].removesuffix("-a")
        assert name in spaces()

    assert name not in spaces()


def test_both_servers_answer_from_their_host(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Also after a restart, with the database that was made before."""
    if (binaries := find_binaries()) is None:
        pytest.skip("no PostgreSQL server on this machine")
    with Network("c") as network:
        servers = Servers(binaries, network, "c", tmp_path)
        try:
            wait_until(servers.is_broker_up, "Valkey takes connections")
            servers.create("kept")
            servers.restart_database()
            servers.drop("kept")
        finally:
            servers.stop()
