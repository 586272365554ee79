"""How schemathesis is told what to ask, and what to expect."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from airq_cron.domain.role import Role
from api.paths import PATTERNS, SAMPLES
from tests.fuzz.conftest import Target

# Right requests at the wrong moment, from the wrong person, or of what is not there.
LATE = ["2xx", "403", "404", "409", "412", "422", "428"]
REFUSED = [
    *("400", "401", "403", "404", "405", "409", "412", "413", "414", "415", "422"),
    *("428", "431"),
]
# A backfill enters up to 100,000 runs before it is answered.
LONGEST_ANSWER_S = 60
SHARE = 0.6


def configuration(document: dict[str, Any], target: Target) -> str:
    """Return schemathesis' configuration for *target* in TOML."""
    lines = [
        "[checks]",
        # It wants 401 for every wrong token; after some the throttle says 429. Unit
        # tests ask every address with each role and without one.
        "ignored_auth.enabled = false",
        f"positive_data_acceptance.expected-statuses = {json.dumps(LATE)}",
        f"negative_data_rejection.expected-statuses = {json.dumps(REFUSED)}",
    ]
    # Of what nothing is in stock, the document's own example stands in addresses.
    known = {name: [sample] for name, sample in SAMPLES.items()} | target.stock
    for name, values in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    for path, bound in _bindings(document):
        lines += ["[[operations]]", f"include-path = {json.dumps(path)}"]
        lines += ["[operations.parameters]"]
        lines += [
            f'"path.{name}" = {{ dictionary = "{kind}", probability = {SHARE} }}'
            for name, kind in bound.items()
        ]
    return "\n".join(lines) + "\n"


def _bindings(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each address with the kind of each of its parameters."""
    kinds = {f"^{pattern}$": kind for kind, pattern in PATTERNS.items()}
    for path, item in document["paths"].items():
        bound = {
            one["name"]: kinds[one["schema"]["pattern"]]
            for one in item.get("parameters", ())
            if one["in"] == "path"
        }
        if bound:
            yield path, bound


def command(
    target: Target, role: Role, *, seconds: int, config: str, schema: str
) -> list[str]:
    """Return the command line that asks *target* as a holder of *role*."""
    return [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", config, "run", schema),
        *("--url", target.url, "--max-time", str(seconds)),
        *("--header", f"Authorization: Bearer {target.secrets[role]}"),
        *("--continue-on-failure", "--no-color"),
        *("--request-timeout", str(LONGEST_ANSWER_S), "--generation-database", "none"),
    ]
