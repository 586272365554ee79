"""What people set about the seals of task messages."""

from dataclasses import dataclass

from airq_cron.domain.setting_text import Secret, message_keys, setting
from airq_cron.trail_settings import TrailSettings


@dataclass(frozen=True, slots=True)
class SealSettings(TrailSettings):
    """The part of the settings that is about who may send a message."""

    message_keys: Secret | None = setting(
        "AIRQ_MESSAGE_KEYS",
        None,
        "Keys, with commas between them, that seal task messages: the first seals, all "
        "open, and what is not sealed is refused. `airq keys new` makes one.",
        message_keys,
    )

    @property
    def message_ring(self) -> tuple[str, ...]:
        """The keys themselves, the one that seals first; empty without any."""
        secret = self.message_keys
        return () if secret is None else tuple(secret.reveal().split(","))
