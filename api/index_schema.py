"""Indices in documents: of a concentration, and of a place."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.rating import Ratings

Rate = Callable[[Any], Ratings]


class RatingSchema(Schema):
    """What a scheme says of one concentration."""

    index = fields.Integer(required=True, attribute="index.index")
    category = fields.String(required=True, attribute="index.category")
    color = fields.String(required=True, attribute="index.color")
    scaled = fields.Integer(
        required=True,
        allow_none=True,
        attribute="index.scaled",
        metadata={"description": "Open-Meteo's 0 to 100 and more, for `eaqi-*`"},
    )
    averaging = fields.String(
        required=True,
        metadata={"description": "`1h`, `8h`, `24h`, or `nowcast`"},
    )


class MainIndexSchema(Schema):
    """The highest index of a place's pollutants; null is unknown."""

    index = fields.Integer(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    main_pollutant = fields.Enum(
        Pollutant, by_value=fields.String, required=True, allow_none=True
    )


class RatingsField(fields.Dict):
    """
    Indices by scheme, as *rate* computes them from the figure they belong to.

    Schemes that say nothing of the figure are left out.
    """

    # What it writes is no attribute of the figure.
    _CHECK_ATTRIBUTE = False

    def __init__(self, rate: Rate, **options: Any) -> None:
        super().__init__(
            keys=fields.String(),
            values=fields.Nested(RatingSchema),
            required=True,
            **options,
        )
        self._rate = rate

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        del value
        ratings = self._rate(obj)
        return super()._serialize(ratings, attr, obj, **kwargs)  # type: ignore[no-untyped-call]


class MainIndicesField(fields.Dict):
    """The main index of a place in each scheme."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            keys=fields.String(),
            values=fields.Nested(MainIndexSchema),
            required=True,
            **options,
        )
