"""What people set about the audit trail."""

from dataclasses import dataclass

from airq_cron.domain.setting_text import Secret, long_key, setting


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
