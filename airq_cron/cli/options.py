"""What several commands read of their options."""

from datetime import UTC, datetime

from airq_cron.domain.moment import read_moment


def instant_option(text: str | None, option: str) -> datetime | None:
    """
    Return the instant, in UTC, that *text* writes; None where it is left out.

    Raises:
        InvalidError: it writes none; names *option*.
    """
    if text is None:
        return None
    return read_moment(text, "UTC", field=option)[0].astimezone(UTC)
