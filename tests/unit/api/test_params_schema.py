"""The API tells what parameters each kind of job takes."""

import json
from typing import Any

import pytest

from airq_cron.domain.kinds import KINDS, check_params
from airq_cron.errors import InvalidError
from api.params_schema import any_params, params_schema
from tests.conftest import ROOT

GOOD: dict[str, Any] = {"string": "a-name", "integer": 3}


def example(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a value for every parameter of *schema*."""
    kinds = {name: one["type"] for name, one in schema["properties"].items()}
    return {
        name: GOOD[kind if isinstance(kind, str) else kind[0]]
        for name, kind in kinds.items()
    }


@pytest.mark.parametrize("name", KINDS)
def test_what_is_told_is_what_is_taken(name: str):
    """All parameters at once, and those that are required alone."""
    schema = params_schema(KINDS[name])
    full = example(schema)
    least = {key: full[key] for key in schema.get("required", [])}

    assert full == check_params(name, full)
    assert least == check_params(name, least)


@pytest.mark.parametrize("name", KINDS)
def test_nothing_else_is_taken(name: str):
    """Neither a parameter more nor one that is required less."""
    schema = params_schema(KINDS[name])
    full = example(schema)

    assert schema["additionalProperties"] is False
    with pytest.raises(InvalidError):
        check_params(name, full | {"more": 1})
    for key in schema.get("required", []):
        with pytest.raises(InvalidError):
            check_params(name, {one: full[one] for one in full if one != key})


@pytest.mark.parametrize("name", KINDS)
def test_null_is_taken_where_it_is_told(name: str):
    """It means that the parameter is left out."""
    for key, one in params_schema(KINDS[name])["properties"].items():
        full = example(params_schema(KINDS[name]))
        if "null" in one["type"]:
            assert key not in check_params(name, full | {key: None})
        else:
            with pytest.raises(InvalidError):
                check_params(name, full | {key: None})


@pytest.mark.parametrize("document", ["NewJob", "JobChange", "JobDocument"])
def test_the_openapi_file_has_them(document: str):
    """Of every kind, by its name."""
    api = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    params = api["components"]["schemas"][document]["properties"]["params"]

    assert any_params()["anyOf"] == params["anyOf"]
    assert list(KINDS) == [one["title"] for one in params["anyOf"]]
