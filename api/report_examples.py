"""Whole answers of the reports, as the OpenAPI document shows them."""

from typing import Any

REPORT: dict[str, Any] = {
    "location": "paris",
    "name": "Paris",
    "date": "2014-03-14",
    "zone": "Europe/Paris",
    "begins_at": "2014-03-13T23:00:00Z",
    "ends_at": "2014-03-14T23:00:00Z",
    "hours_expected": 24,
    "status": "final",
    "so_far": False,
    "pollutants": {
        "pm2_5": {
            "mean": 96.5417,
            "min": 61.0,
            "max": 131.0,
            "max_hour": "2014-03-14T22:00:00Z",
            "median": 97.5,
            "p95": 127.8,
            "max_8h_eu": None,
            "max_8h_eu_ends_at": None,
            "max_8h_us": None,
            "max_8h_us_starts_at": None,
            "hours_valid": 24,
            "hours_expected": 24,
            "coverage": 1.0,
            "status": "final",
            "unit": "ug/m3",
            "provider": "airparif",
            "origin": "measured",
            "revision": 0,
            "day_before": {
                "earlier": 82.6667,
                "difference": 13.875,
                "percent": 16.7843,
            },
            "week_before": {
                "earlier": 58.1726,
                "difference": 38.369,
                "percent": 65.9572,
            },
        }
    },
    "indices": {
        "us-epa-2024": {
            "index": 180,
            "category": "Unhealthy",
            "color": "#FF0000",
            "advice": "Everyone should cut down hard effort outdoors; "
            "sensitive people avoid it.",
            "main_pollutant": "pm2_5",
            "basis": "day",
            "hour": None,
        },
        "eaqi-2024": {
            "index": 5,
            "category": "Very poor",
            "color": "#960032",
            "advice": "Keep effort outdoors low; sensitive people stay inside.",
            "main_pollutant": "pm2_5",
            "basis": "worst_hour",
            "hour": "2014-03-14T20:00:00Z",
        },
    },
    "exceedances": [
        {
            "standard": "who-2021",
            "pollutant": "pm2_5",
            "averaging": "24h",
            "limit": 15.0,
            "unit": "ug/m3",
            "permitted": None,
            "per": "days",
            "value": 96.5417,
            "ratio": 6.4361,
            "exceeded": True,
        }
    ],
    "comparisons": [
        {
            "standard": "who-2021",
            "pollutant": "pm2_5",
            "averaging": "24h",
            "limit": 15.0,
            "unit": "ug/m3",
            "permitted": None,
            "per": "days",
            "value": 96.5417,
            "ratio": 6.4361,
            "exceeded": True,
        }
    ],
    "alerts": [],
    "sources": [
        {
            "provider": "airparif",
            "origin": "measured",
            "attribution": "Airparif - www.airparif.fr, ODbL",
        }
    ],
    "revisions": 0,
    "as_of": "2014-03-15T23:59:00Z",
}
REPORT_PAGE: dict[str, Any] = {
    "date": "2014-03-14",
    "items": [
        {
            "location": "paris",
            "name": "Paris",
            "zone": "Europe/Paris",
            "status": "final",
            "so_far": False,
            "indices": {
                "us-epa-2024": {
                    "index": 180,
                    "category": "Unhealthy",
                    "color": "#FF0000",
                    "advice": "Everyone should cut down hard "
                    "effort outdoors; sensitive people "
                    "avoid it.",
                    "main_pollutant": "pm2_5",
                    "basis": "day",
                    "hour": None,
                },
                "eaqi-2024": {
                    "index": 5,
                    "category": "Very poor",
                    "color": "#960032",
                    "advice": "Keep effort outdoors low; sensitive people stay inside.",
                    "main_pollutant": "pm2_5",
                    "basis": "worst_hour",
                    "hour": "2014-03-14T20:00:00Z",
                },
            },
            "exceedances": 8,
            "href": "/air/locations/paris/reports/2014-03-14",
        }
    ],
    "next_cursor": None,
}
