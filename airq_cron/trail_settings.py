"""What people set about the audit trail."""

from dataclasses import dataclass
from datetime import timedelta

from airq_cron.domain.setting_text import Secret, long_key, number, setting


@dataclass(frozen=True, slots=True)
class TrailSettings:
    """The part of the settings that is about who did what."""

    instance_key: Secret | None = setting(
        "AIRQ_INSTANCE_KEY",
        None,
        "Key that seals the audit trail, the same on every host; left out, one is made "
        "at the first start and kept in the data directory.",
        long_key,
    )
    audit_days: int = setting(
        "AIRQ_AUDIT_DAYS",
        365,
        "So many days an entry of the audit trail is kept; a signed checkpoint takes "
        "the place of those that `weekly-cleanup` removes.",
        number(30, 36_500),
    )

    @property
    def audit_age(self) -> timedelta:
        """How long an entry of the audit trail is kept."""
        return timedelta(days=self.audit_days)
