"""Who asks the API in these tests."""

from typing import Any

from flask import Flask

from airq_cron.domain.role import Role
from airq_cron.services.issue_token import create_token
from airq_cron.system import System


class Caller:
    """
    Someone who asks the API, with a token or without.

    Args:
        cookie: `name=value`, as a browser holds it that has logged in.
    """

    def __init__(self, app: Flask, secret: str | None, cookie: str = "") -> None:
        self._client = app.test_client()
        if cookie:
            self._client.set_cookie(*cookie.split("=", 1))
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """Send one request and return the answer, a `TestResponse`."""
        headers = self._headers | given.pop("headers", {})
        # Buffered: files that are sent are closed at once.
        return self._client.open(
            path, method=method, headers=headers, buffered=True, **given
        )

    def get(self, path: str, **given: Any) -> Any:
        """Ask with GET."""
        return self.ask("GET", path, **given)

    def post(self, path: str, **given: Any) -> Any:
        """Ask with POST."""
        return self.ask("POST", path, **given)


def make_caller(app: Flask, system: System, role: Role) -> Caller:
    """Return a holder of a new token with *role*."""
    issued = create_token(
        system.store, name=role.value, role=role, at=system.clock.now()
    )
    return Caller(app, issued.secret)
