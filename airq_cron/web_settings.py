"""What people set about the API: where it listens, for whom, and what is before it."""

from dataclasses import dataclass

from airq_cron.domain.host_name import is_loopback
from airq_cron.domain.setting_text import flag, host_names, number, setting
from airq_cron.errors import ConfigError
from airq_cron.seal_settings import SealSettings


@dataclass(frozen=True, slots=True)
class WebSettings(SealSettings):
    """The part of the settings that is about the API's addresses."""

    host: str = setting("AIRQ_HOST", "127.0.0.1", "Address the API listens on.")
    port: int = setting(
        "AIRQ_PORT",
        3000,
        "Port of the API; only the default moves on when it is taken.",
        number(1, 65535),
    )
    api_workers: int = setting(
        "AIRQ_API_WORKERS",
        2,
        "Processes that answer for the API, each with 8 threads.",
        number(1, 64),
    )
    allowed_hosts: tuple[str, ...] = setting(
        "AIRQ_ALLOWED_HOSTS",
        (),
        "Names, with commas between them, by which clients may call the API, "
        "besides `localhost`, `127.0.0.1`, `::1`, `AIRQ_HOST` and that of "
        "`AIRQ_PUBLIC_URL`.",
        host_names,
    )
    behind_tls: bool = setting(
        "AIRQ_BEHIND_TLS",
        False,
        "A proxy with TLS stands before the API; without it, the API listens on this "
        "machine only.",
        flag,
    )
    trusted_proxies: int = setting(
        "AIRQ_TRUSTED_PROXIES",
        0,
        "So many proxies stand before the API and add to `X-Forwarded-For` and "
        "`X-Forwarded-Proto`; from 0, these headers are not believed.",
        number(0, 10),
    )

    def check_listening(self, address: str | None = None) -> None:
        """
        Raise ConfigError where tokens would cross a network in the clear.

        Args:
            address: what is really listened on; left out: AIRQ_HOST.
        """
        address = self.host if address is None else address
        if not self.behind_tls and not is_loopback(address):
            raise ConfigError(
                "AIRQ_BEHIND_TLS",
                f"not set, so the API does not listen on {address}, beyond this "
                "machine; put a proxy with TLS before it and set this to true, or "
                "listen on 127.0.0.1",
            )
