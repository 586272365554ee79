"""Where alerts are sent: what settings say of a channel."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from airq_cron.domain.setting_text import Secret
from airq_cron.domain.severity import Severity

WEBHOOK = "webhook"
# What apprise may be asked for. Its own web hooks (json, xml, form, apprise) are not
# here, because ours checks addresses, signs, and tells refusals from failures; nor is
# what acts on this machine, such as syslog and the notices of desktops.
# fmt: off
SCHEMES = frozenset({
    "discord", "gchat", "gotify", "gotifys", "ilert", "line", "mailgun", "mailto",
    "mailtos", "matrix", "matrixs", "mmost", "mmosts", "ntfy", "ntfys", "opsgenie",
    "pagerduty", "pbul", "postmark", "pover", "prowl", "pushy", "rocket", "rockets",
    "sendgrid", "ses", "signal", "signals", "slack", "sns", "splunk", "squadcast",
    "tgram", "threema", "twilio", "victorops", "vonage", "webex", "whatsapp",
    "workflow", "workflows", "wxteams", "zulip",
})
# fmt: on
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9]*(?=://.)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """
    One channel as it was set.

    Attributes:
        name: for people, logs and the origin of deliveries.
        address: with tokens and passwords; never shown.
        scheme: `webhook`, or the service's scheme in apprise.
        least: alerts below it are not sent.
    """

    name: str
    address: Secret
    scheme: str
    least: Severity = Severity.LOW


@dataclass(frozen=True, slots=True)
class Addresses:
    """
    Where alerts go, as the settings say.

    Attributes:
        webhook: of our own webhook; None: there is none.
        secret: signs what the webhook gets.
        others: the text of `AIRQ_ALERT_URLS`.
        least: from which severity on the webhook is used.
        allow_private: whether the webhook may lead to any address.
    """

    webhook: Secret | None = None
    secret: Secret | None = None
    others: Secret | None = None
    least: Severity = Severity.LOW
    allow_private: bool = False


def parse_channels(text: str) -> tuple[ChannelSpec, ...]:
    """
    Return the channels that *text* names, such as `team=slack://...`.

    They stand one after the other, with spaces or line ends between. A name may be
    followed by the least severity that is sent: `phone:critical=ntfys://...`.

    Raises:
        ValueError: says which one is wrong by its place and name; an address is
            not repeated, because it holds secrets.
    """
    found: dict[str, ChannelSpec] = {}
    for number, part in enumerate(text.split(), start=1):
        head, separator, address = part.partition("=")
        name, colon, word = head.partition(":")
        if not separator or _NAME.fullmatch(name) is None:
            raise ValueError(
                f"channel {number} must be NAME=ADDRESS, as team=slack://...; a name "
                "has small letters, digits and hyphens"
            )
        if name in found or name == WEBHOOK:
            raise ValueError(f"channel {number} needs a name of its own, not {name}")
        least = severity(word) if colon else Severity.LOW
        scheme = _scheme(name, address)
        found[name] = ChannelSpec(name, Secret(address), scheme, least)
    return tuple(found.values())


def severity(text: str) -> Severity:
    """Return the severity that *text* names; raises ValueError."""
    words = [one.value for one in Severity]
    if text not in words:
        raise ValueError(f"a severity must be one of {', '.join(words)}")
    return Severity(text)


def _scheme(name: str, address: str) -> str:
    match = _SCHEME.match(address.lower())
    scheme = match[0] if match else ""
    if scheme in {"http", "https", "json", "jsons"}:
        raise ValueError(
            f"channel {name} is a web address: set it as AIRQ_ALERT_WEBHOOK_URL"
        )
    if scheme not in SCHEMES:
        raise ValueError(f"channel {name} must begin with one of {_listed(SCHEMES)}")
    return scheme


def _listed(schemes: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(f"{scheme}://" for scheme in sorted(schemes))


def webhook_address(text: str) -> Secret:
    """
    Return the address of a web hook or of a ping.

    Raises:
        ValueError: it is not an http(s) address; it is not repeated.
    """
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        fits = False
    if not fits or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be an http:// or https:// address of plain characters")
    return Secret(text)
