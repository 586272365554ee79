"""How long a person waits for the first page, and for everything, after `airq up`."""

from pathlib import Path

from tests.bench.result import spread, write_result
from tests.conftest import WaitUntil
from tests.e2e.airq_up import AirqUp

ROUNDS = 5
BAR_S = {"first_page": 5.0, "everything": 15.0}


def test_start(tmp_path: Path, wait_until: WaitUntil) -> None:
    """Each round begins with an empty directory."""
    rounds = []
    for number in range(ROUNDS):
        with AirqUp(tmp_path / str(number)) as up:
            port = up.start("--provider", "sandbox")
            first_page = up.wait_until_served(wait_until, port)
            everything = up.wait_until_running(wait_until)
            rounds.append({"first_page": first_page, "everything": everything})
            up.stop()
    seconds = {name: spread([one[name] for one in rounds]) for name in BAR_S}
    met = all(seconds[name]["median"] < most for name, most in BAR_S.items())
    write_result(
        "start", {"rounds": rounds, "seconds": seconds, "bar": BAR_S, "met": met}
    )

    assert met, seconds
