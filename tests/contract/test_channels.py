"""Every channel against a server that takes messages, or does not."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from airq_cron.channels.addresses import CheckedLine
from airq_cron.channels.caller import Caller, Patience, without_secrets
from airq_cron.channels.registry import make_channels
from airq_cron.channels.webhook import Webhook, key_of
from airq_cron.domain.channel import Addresses
from airq_cron.domain.notification import Notification, NotificationType
from airq_cron.domain.setting_text import Secret
from airq_cron.domain.severity import Severity
from airq_cron.errors import DeliveryError, DeliveryRefusedError
from airq_cron.ports import Channel
from airq_cron.testing import START, FakeClock
from tests.receiver import Receiver

TOKEN = "t0k3n-of-ours"
ALERT = {"id": "1", "kind": "broker_lost"}
NEWS = Notification(
    "run-1",
    NotificationType.RAISED,
    "Redis does not answer",
    "Redis does not answer since 12:00.\nLook at it.",
    START,
    Severity.CRITICAL,
    ALERT,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a server that receives."""
    with Receiver() as found:
        yield found


def webhook(url: str, *, allow: bool = True, secret: str | None = None) -> Webhook:
    """Return a webhook for *url* that loses patience soon."""
    caller = Caller(
        "airq-cron/test",
        CheckedLine(allow_private=allow),
        Patience(connect_s=0.5, read_s=0.3, total_s=1.0),
    )
    clock = FakeClock()
    return Webhook(Secret(url), Secret(secret) if secret else None, caller, clock)


def both(receiver: Receiver) -> list[Channel]:
    """Return a channel of each kind that leads to *receiver*."""
    addresses = Addresses(
        Secret(f"{receiver.url}/{TOKEN}"),
        None,
        Secret(f"phone=ntfy://127.0.0.1:{receiver.port}/{TOKEN}"),
        allow_private=True,
    )
    channels = make_channels(addresses, FakeClock())
    assert ["webhook", "phone"] == list(channels)
    return list(channels.values())


@pytest.mark.parametrize("index", [0, 1], ids=["webhook", "apprise"])
def test_what_is_taken_is_delivered(index: int, receiver: Receiver) -> None:
    """Title and text arrive, and the answer is told."""
    receiver.said = b'{"id": "x", "event": "message"}'
    channel = both(receiver)[index]

    said = channel.send(NEWS)

    (request,) = receiver.received
    body = request.body.decode()
    assert "Redis does not answer" in body
    assert "Look at it." in body
    assert said
    assert TOKEN not in said + channel.shown + repr(channel)


@pytest.mark.parametrize("index", [0, 1], ids=["webhook", "apprise"])
def test_what_fails_is_an_error_that_hides_the_address(
    index: int, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be tried again; neither error nor log shows a token."""
    receiver.status, receiver.said = 500, f"no {TOKEN}".encode()
    with (
        caplog.at_level(logging.INFO),
        pytest.raises(DeliveryError) as caught,
    ):
        both(receiver)[index].send(NEWS)

    assert caught.value.retryable
    assert TOKEN not in str(caught.value)
    assert TOKEN not in " ".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_a_refusal_is_for_good(status: int, receiver: Receiver) -> None:
    """The same message would be refused again."""
    receiver.status, receiver.said = status, b"unknown field"

    with pytest.raises(
        DeliveryRefusedError, match=f"{status}: unknown field"
    ) as caught:
        webhook(receiver.url).send(NEWS)

    assert not caught.value.retryable


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_trouble_passes(status: int, receiver: Receiver) -> None:
    """A later attempt may succeed, when the other side says it may."""
    receiver.status, receiver.headers = status, {"Retry-After": "90"}

    with pytest.raises(DeliveryError) as caught:
        webhook(receiver.url).send(NEWS)

    assert caught.value.retryable
    assert START + timedelta(seconds=90) == caught.value.retry_at


def test_no_wait_outlives_the_message(receiver: Receiver) -> None:
    """A run ends after an hour: a receiver that says tomorrow is asked sooner."""
    receiver.status, receiver.headers = 503, {"Retry-After": "86400"}

    with pytest.raises(DeliveryError) as caught:
        webhook(receiver.url).send(NEWS)

    assert START + timedelta(minutes=15) == caught.value.retry_at


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, receiver: Receiver) -> None:
    """They could lead to addresses that may not be called."""
    with Receiver() as inside:
        receiver.status, receiver.headers = status, {"Location": inside.url}
        with pytest.raises(DeliveryRefusedError, match="redirect"):
            webhook(receiver.url).send(NEWS)

    assert inside.received == []


def test_addresses_of_this_machine_are_refused(receiver: Receiver) -> None:
    """Unless the setting allows them; nothing is sent."""
    with pytest.raises(DeliveryRefusedError, match="AIRQ_ALERT_ALLOW_PRIVATE"):
        webhook(receiver.url, allow=False).send(NEWS)

    assert receiver.received == []


def test_the_host_is_named_though_an_address_is_called(receiver: Receiver) -> None:
    """Behind one address there may be many hosts."""
    line = CheckedLine(allow_private=True, resolve=lambda _h, _p: ["127.0.0.1"])
    caller = Caller("airq-cron/test", line)
    url = f"http://hook.example:{receiver.port}/x"

    Webhook(Secret(url), None, caller, FakeClock()).send(NEWS)

    assert f"hook.example:{receiver.port}" == receiver.received[0].headers["host"]


def test_no_proxy_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up again, past the check."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    assert "answered 200" in webhook(receiver.url).send(NEWS)


@pytest.mark.parametrize("secret", ["plain secret", "whsec_c2VjcmV0IGtleQ=="])
def test_a_receiver_can_check_who_sent_it(secret: str, receiver: Receiver) -> None:
    """By the rules of Standard Webhooks: id, time and body are signed."""
    webhook(receiver.url, secret=secret).send(NEWS)

    (request,) = receiver.received
    sent_s = request.headers["webhook-timestamp"]
    signed = f"run-1.{sent_s}.".encode() + request.body
    digest = hmac.new(key_of(Secret(secret)), signed, hashlib.sha256).digest()
    assert "run-1" == request.headers["webhook-id"]
    assert str(int(START.timestamp())) == sent_s
    assert (
        f"v1,{base64.b64encode(digest).decode()}"
        == (request.headers["webhook-signature"])
    )


def test_the_key_of_a_secret_is_what_the_standard_says() -> None:
    """`whsec_` is followed by base64; anything else is the key itself."""
    assert b"secret key" == key_of(Secret("whsec_c2VjcmV0IGtleQ=="))
    assert b"whsec_not base64" == key_of(Secret("whsec_not base64"))
    assert "schlüssel".encode() == key_of(Secret("schlüssel"))


def test_the_body_says_everything(receiver: Receiver) -> None:
    """As a document that a program can read, unsigned without a secret."""
    webhook(receiver.url).send(NEWS)

    (request,) = receiver.received
    assert "application/json" == request.headers["content-type"]
    assert "webhook-signature" not in request.headers
    assert {
        "type": "alert.raised",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {
            "id": "run-1",
            "title": NEWS.title,
            "text": NEWS.text,
            "severity": "critical",
            "alert": ALERT,
        },
    } == json.loads(request.body)


def test_a_server_that_drips_is_left_in_time(
    serve: Callable[..., Any], elapsed: Callable[[], float]
) -> None:
    """Each byte comes soon enough, the whole does not."""
    drip = [step for _ in range(40) for step in (b"H", 0.2)]
    server = serve(drip)

    with pytest.raises(DeliveryError, match="no whole answer in 1 s"):
        webhook(server.url).send(NEWS)

    assert elapsed() < 5


def test_a_closed_port_is_told_without_the_path() -> None:
    """The message has the host and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1: Connection refused"):
        webhook(f"http://127.0.0.1:{port}/{TOKEN}").send(NEWS)


def test_apprise_refuses_what_it_cannot_read() -> None:
    """A slack address needs its tokens; the setting is named."""
    addresses = Addresses(others=Secret("team=slack://x"))
    (channel,) = make_channels(addresses, FakeClock()).values()

    with pytest.raises(DeliveryRefusedError, match="AIRQ_ALERT_URLS"):
        channel.send(NEWS)


def test_every_part_of_an_address_is_hidden() -> None:
    """Also where it is written in another way."""
    url = "https://user:pass%20word@h/a-token/b?key=the-key"
    said = without_secrets("user pass word a-token the-key h", url)

    assert "*** *** *** *** h" == said


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Give key and certificate of a host that nobody vouches for."""
    if which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    path = tmp_path / "host.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "1"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=hook.example"),
            *("-keyout", str(path), "-out", str(tmp_path / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    with path.open("a") as file:
        file.write((tmp_path / "cert.pem").read_text())
    return path


def test_tls_asks_for_the_host_and_trusts_nobody_unknown(certificate: Path) -> None:
    """The name, not the address, is what is asked for and checked."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _line, name, _context: names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def shake_hands() -> None:
            line, _ = server.accept()
            with line, pytest.raises(ssl.SSLError):
                context.wrap_socket(line, server_side=True).close()

        thread = threading.Thread(target=shake_hands)
        thread.start()
        line = CheckedLine(allow_private=True, resolve=lambda _h, _p: ["127.0.0.1"])
        caller = Caller("airq-cron/test", line)
        channel = Webhook(
            Secret(f"https://hook.example:{port}/"), None, caller, FakeClock()
        )
        with pytest.raises(DeliveryError, match="certificate"):
            channel.send(NEWS)
        thread.join()

    assert ["hook.example"] == names


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (404, False)])
def test_a_ping_that_is_not_taken_is_an_error(
    status: int, well: bool, receiver: Receiver
) -> None:
    """So that the log says why the outside service is alarmed."""
    receiver.status = status
    caller = Caller("airq-cron/test", CheckedLine(allow_private=True))

    with nullcontext() if well else pytest.raises(DeliveryError, match="404"):
        caller.ping(f"{receiver.url}/{TOKEN}")

    assert "GET" == receiver.received[0].method
