"""Examples of indices for the OpenAPI document."""

from typing import Any

HOURLY_RATINGS: dict[str, Any] = {
    "eaqi-2024": {
        "index": 2,
        "category": "Fair",
        "color": "#50CCAA",
        "scaled": 35,
        "averaging": "1h",
    }
}
LATEST_RATINGS: dict[str, Any] = HOURLY_RATINGS | {
    "us-epa-2024": {
        "index": 57,
        "category": "Moderate",
        "color": "#FFFF00",
        "scaled": None,
        "averaging": "nowcast",
    }
}
LATEST_INDICES: dict[str, Any] = {
    "eaqi-2024": {"index": 2, "category": "Fair", "main_pollutant": "pm2_5"},
    "us-epa-2024": {"index": 57, "category": "Moderate", "main_pollutant": "pm2_5"},
}
DAY_RATINGS: dict[str, Any] = {
    "us-epa-2024": {
        "index": 113,
        "category": "Unhealthy for Sensitive Groups",
        "color": "#FF7E00",
        "scaled": None,
        "averaging": "24h",
    }
}
DAY_INDICES: dict[str, Any] = {
    "us-epa-2024": {
        "index": 113,
        "category": "Unhealthy for Sensitive Groups",
        "main_pollutant": "pm2_5",
    }
}
SCHEME_PAGE: dict[str, Any] = {
    "items": [
        {
            "id": "eaqi-2024",
            "title": "European Air Quality Index, 2024",
            "source": "ETC HE Report 2024/17, European Environment Agency",
            "effective": "2024",
            "reference": "20 C",
            "counts_levels": True,
            "bands": [
                {
                    "level": 1,
                    "category": "Good",
                    "low": 1,
                    "high": 1,
                    "color": "#50F0E6",
                    "advice": "Enjoy the outdoors as you like.",
                }
            ],
            "tables": [
                {
                    "pollutant": "pm2_5",
                    "averaging": "1h",
                    "unit": "ug/m3",
                    "step": None,
                    "segments": [
                        {
                            "level": 1,
                            "low": 0.0,
                            "high": 5.0,
                            "index_low": 0,
                            "index_high": 20,
                        }
                    ],
                    "beyond": "slope",
                }
            ],
        }
    ],
    "next_cursor": None,
}
