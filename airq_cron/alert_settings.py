"""What people set about alerts: who is told, where, and from which severity on."""

from dataclasses import dataclass

from airq_cron.domain.channel import Addresses, parse_channels, webhook_address
from airq_cron.domain.setting_text import Secret, flag, one_of, setting, web_address
from airq_cron.domain.severity import Severity
from airq_cron.web_settings import WebSettings


def _channels(text: str) -> Secret:
    parse_channels(text)
    return Secret(text)


@dataclass(frozen=True, slots=True)
class AlertSettings(WebSettings):
    """The part of the settings that is about telling people."""

    alert_webhook_url: Secret | None = setting(
        "AIRQ_ALERT_WEBHOOK_URL",
        None,
        "Alerts are posted here as signed JSON; the channel `webhook`.",
        webhook_address,
    )
    alert_webhook_secret: Secret | None = setting(
        "AIRQ_ALERT_WEBHOOK_SECRET",
        None,
        "Signs what is posted (Standard Webhooks): a text, or `whsec_` and base64.",
        Secret,
    )
    alert_webhook_severity: str = setting(
        "AIRQ_ALERT_WEBHOOK_SEVERITY",
        "low",
        "The least severity that is posted: `critical`, `high`, `medium` or `low`.",
        one_of(*(one.value for one in Severity)),
    )
    alert_urls: Secret | None = setting(
        "AIRQ_ALERT_URLS",
        None,
        "Further channels, as `NAME=ADDRESS` or `NAME:SEVERITY=ADDRESS` (the least "
        "that is sent), with spaces or line ends between; the addresses are those of "
        "apprise: `mailtos://`, `slack://`, `ntfys://`.",
        _channels,
    )
    alert_allow_private: bool = setting(
        "AIRQ_ALERT_ALLOW_PRIVATE",
        False,
        "Let the webhook and the ping reach loopback, private and link-local "
        "addresses.",
        flag,
    )
    public_url: str = setting(
        "AIRQ_PUBLIC_URL",
        "",
        "Where people reach the API, for links in messages; without it the address "
        "it listens on.",
        web_address,
    )
    ping_url: Secret | None = setting(
        "AIRQ_PING_URL",
        None,
        "Asked each minute while beat ticks and watches, so that an outside service "
        "can tell when it does not.",
        webhook_address,
    )
    alert_notifications: bool = setting(
        "CRON_ENABLE_ALERT_NOTIFICATIONS",
        True,
        "Tell people about alerts; off: alerts are stored, nothing is sent.",
        flag,
    )

    @property
    def channel_addresses(self) -> Addresses:
        """Where alerts go."""
        return Addresses(
            self.alert_webhook_url,
            self.alert_webhook_secret,
            self.alert_urls,
            Severity(self.alert_webhook_severity),
            self.alert_allow_private,
        )
