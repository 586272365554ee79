"""Documents about tokens."""

from marshmallow import Schema, fields, validate

from airq_cron.domain.role import Role
from airq_cron.services.issue_token import LONGEST_LIFE, LONGEST_NAME

from .fields import Cursor, Instant, Text
from .run_schema import PageQuery


class TokenQuery(PageQuery):
    """Which page of the tokens."""

    cursor = Cursor(
        *("text", "instant", "text"),
        metadata={"description": "`next_cursor` of the last page"},
    )


class NewTokenSchema(Schema):
    """Who or what a token is for, what it may do, and until when."""

    name = Text(required=True, validate=validate.Length(1, LONGEST_NAME))
    role = fields.Enum(Role, by_value=fields.String, required=True)
    expires_at = Instant(
        metadata={
            "description": f"at most {LONGEST_LIFE.days} days ahead; left out: it "
            "works until it is revoked"
        }
    )


class TokenSchema(Schema):
    """A token, without its secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(list(Role)))
    created_at = Instant(required=True)
    expires_at = Instant(required=True, allow_none=True)
    last_used_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "to the minute"},
    )
    revoked_at = Instant(required=True, allow_none=True)


class TokenPageSchema(Schema):
    """A page of tokens by name."""

    items = fields.List(fields.Nested(TokenSchema), required=True)
    next_cursor = Cursor(
        *("text", "instant", "text"), required=True, allow_none=True, attribute="after"
    )


class IssuedTokenSchema(TokenSchema):
    """A new token with its secret, which is shown this once."""

    token = fields.String(
        required=True, metadata={"description": "the secret; keep it safe"}
    )
