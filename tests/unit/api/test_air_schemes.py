"""The schemes of indices, over HTTP."""

from tests.unit.api.caller import Caller


def test_every_scheme_is_told_with_its_source(viewer: Caller):
    """Bands, colours and advice stand with it, so that nobody needs a table."""
    body = viewer.get("/air/schemes").json
    schemes = {one["id"]: one for one in body["items"]}

    assert ["us-epa-2024", "eaqi-2024", "eaqi-2019", "eaqi-2017"] == list(schemes)
    assert body["next_cursor"] is None
    assert {
        "level": 6,
        "category": "Hazardous",
        "low": 301,
        "high": None,
        "color": "#7E0023",
    }.items() <= schemes["us-epa-2024"]["bands"][-1].items()
    for one in schemes.values():
        assert one["source"]
        assert all(band["advice"].endswith(".") for band in one["bands"])


def test_a_scheme_has_its_tables(viewer: Caller):
    """Unit, averaging time and lines, as the agency published them."""
    american, european, *_ = viewer.get("/air/schemes").json["items"]

    assert {
        "pollutant": "pm2_5",
        "averaging": "24h",
        "unit": "ug/m3",
        "step": 0.1,
        "beyond": "slope",
    }.items() <= american["tables"][0].items()
    assert {
        "level": 1,
        "low": 0.0,
        "high": 9.0,
        "index_low": 0,
        "index_high": 50,
    } == american["tables"][0]["segments"][0]
    assert [5.0, 15.0, 50.0, 90.0, 140.0] == [
        one["high"] for one in european["tables"][0]["segments"]
    ]
    assert ("25 C", "20 C") == (american["reference"], european["reference"])


def test_schemes_are_for_those_who_may_look(stranger: Caller):
    """As everything about the air."""
    assert 401 == stranger.get("/air/schemes").status_code
