"""A client whose calls pass the gate of their provider."""

from collections.abc import Mapping

from airq_cron.domain.quota import CALL
from airq_cron.ports import Gate
from airq_cron.providers.http import Answer, HttpClient, Limits


class PoliteClient(HttpClient):
    """Asks when the gate lets it: within quotas, one call after the other."""

    def __init__(
        self,
        agent: str,
        limits: Limits | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        secret: str = "",
        gate: Gate,
        provider: str,
    ) -> None:
        """Send what `HttpClient` sends, in the name of *provider*."""
        super().__init__(agent, limits, headers, secret=secret)
        self._gate = gate
        self._provider = provider

    def get(self, url: str, *, tenths: int = CALL) -> Answer:
        """
        Return what *url* answers; see `HttpClient.get`.

        Args:
            tenths: how the provider counts this call, in tenths of one.

        Raises:
            QuotaError: it would be one call too many; nothing was sent.
        """
        with self._gate.passing(self._provider, tenths):
            return super().get(url)
