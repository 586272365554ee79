"""Which connections cross a network in the clear, or to somebody unknown."""

import pytest

from airq_cron.services.check_encryption import (
    Link,
    check_database_link,
    check_redis_link,
    database_link,
    redis_link,
)
from airq_cron.services.diagnose import Severity

NO_CHECK = "but nobody checks who is there"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("unix:///run/valkey.sock?db=1", Link("", encrypted=False, checked=True)),
        ("redis://:secret@r.example:1/0", Link("r.example", False, True)),
        ("rediss://r.example/0", Link("r.example", True, True)),
        ("rediss://r.example?ssl_ca_certs=/ca.crt", Link("r.example", True, True)),
        ("rediss://r.example?ssl_cert_reqs=required", Link("r.example", True, True)),
        ("rediss://r.example?ssl_cert_reqs=none", Link("r.example", True, False)),
        ("rediss://r.example?ssl_cert_reqs=CERT_NONE", Link("r.example", True, False)),
        ("rediss://r.example?ssl_cert_reqs=optional", Link("r.example", True, False)),
        ("rediss://r.example?ssl_check_hostname=False", Link("r.example", True, False)),
    ],
)
def test_the_address_of_redis_says_how_it_is_reached(address: str, link: Link) -> None:
    """By its scheme, and by what it says of the certificate."""
    assert link == redis_link(address)


@pytest.mark.parametrize(
    ("address", "encrypted", "link"),
    [
        ("sqlite:////var/airq.db", False, Link("", False, False)),
        ("postgresql:///airq", False, Link("", False, False)),
        ("postgresql:///airq?host=/run/postgresql", False, Link("", False, False)),
        ("postgresql:///airq?host=db.example", True, Link("db.example", True, False)),
        ("postgres://u:p@db.example/airq", True, Link("db.example", True, False)),
        (
            "postgresql://db.example/airq?sslmode=require",
            True,
            Link("db.example", True, False),
        ),
        (
            "postgresql://db.example/airq?sslmode=verify-full&sslrootcert=/ca.crt",
            True,
            Link("db.example", True, True),
        ),
    ],
)
def test_the_database_is_judged_by_address_and_connection(
    address: str,
    encrypted: bool,
    link: Link,
) -> None:
    """Without an `sslmode` the server decides, so the connection is asked."""
    assert link == database_link(address, encrypted=encrypted)


@pytest.mark.parametrize(
    ("link", "severity", "phrase"),
    [
        (Link("", False, False), Severity.OK, "of this machine"),
        (Link("127.0.0.1", False, False), Severity.OK, "stays on this machine"),
        (Link("localhost", False, True), Severity.OK, "not encrypted"),
        (Link("far.example", False, True), Severity.WARN, "is not encrypted"),
        (Link("far.example", True, False), Severity.WARN, NO_CHECK),
        (Link("far.example", True, True), Severity.OK, "certificate checked"),
    ],
)
def test_only_what_leaves_the_machine_has_to_be_encrypted(
    link: Link, severity: Severity, phrase: str
) -> None:
    """And to whom it goes has to be checked; both fixes name their setting."""
    for check, setting in (
        (check_redis_link, "AIRQ_REDIS_URL"),
        (check_database_link, "AIRQ_DATABASE_URL"),
    ):
        found = check(link)

        assert severity is found.severity
        assert phrase in found.text
        assert (found.fix is None) == (severity is Severity.OK)
        assert found.fix is None or setting in found.fix
