"""Examples of tokens for the OpenAPI document."""

from typing import Any

TOKEN: dict[str, Any] = {
    "id": "0f6a3c1e-52d4-4c0b-9a8e-7d1b2c3e4f50",
    "name": "ci",
    "role": "operator",
    "created_at": "2026-03-01T12:00:30Z",
    "expires_at": "2027-03-01T00:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
TOKEN_PAGE: dict[str, Any] = {"items": [TOKEN], "next_cursor": None}
NEW_TOKEN = {"name": "ci", "role": "operator", "expires_at": "2027-03-01T00:00:00Z"}
ISSUED_TOKEN = TOKEN | {"token": "airq_..."}
