"""The schemes of air quality indices, as data."""

from airq_cron.domain.scales.eaqi_2017 import EAQI_2017
from airq_cron.domain.scales.eaqi_2019 import EAQI_2019
from airq_cron.domain.scales.eaqi_2024 import EAQI_2024
from airq_cron.domain.scales.scheme import Scheme
from airq_cron.domain.scales.us_epa_2024 import US_EPA_2024
from airq_cron.errors import InvalidError

SCHEMES = {one.id: one for one in (US_EPA_2024, EAQI_2024, EAQI_2019, EAQI_2017)}


def find_scheme(name: str) -> Scheme:
    """
    Return the scheme of this id.

    Raises:
        InvalidError: names `scheme`, and what there is.
    """
    found = SCHEMES.get(name)
    if found is None:
        raise InvalidError("scheme", f"is none of {', '.join(SCHEMES)}")
    return found
