"""Examples of what providers say beside concentrations."""

REPORTED_PAGE = {
    "items": [
        {
            "provider": "iqair",
            "scheme": "aqius",
            "value": 52,
            "main_pollutant": "pm2_5",
            "valid_at": "2026-10-25T00:00:00Z",
            "fetched_at": "2026-10-25T00:07:00Z",
            "place": "Paris, Ile-de-France, France",
            "distance_m": 431,
            "may_serve": False,
        }
    ],
    "next_cursor": None,
}
SOURCE_PAGE = {
    "items": [
        {
            "provider": "openaq",
            "pollutant": "no2",
            "station": "4146",
            "name": "FR04143",
            "distance_m": 812,
            "attribution": "Airparif; EEA France",
            "licence": "CC BY 4.0",
            "first_at": "2026-10-20T07:00:00Z",
            "last_at": "2026-10-24T22:00:00Z",
            "seen_at": "2026-10-25T00:07:00Z",
        }
    ],
    "next_cursor": None,
}
