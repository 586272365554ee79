"""The API over a real database, asked by holders of each role."""

import pytest
from flask import Flask

from airq_cron.domain.role import Role
from airq_cron.system import System
from api.app import attach, make_routes
from tests.unit.api.caller import Caller, make_caller


@pytest.fixture(scope="session")
def routes() -> Flask:
    """Make what is the same in every test once; it takes a third of a second."""
    return make_routes()


@pytest.fixture
def app(routes: Flask, system: System) -> Flask:
    """Give the application over the system of the test."""
    return attach(routes, system)


@pytest.fixture
def stranger(app: Flask) -> Caller:
    """Give someone without a token."""
    return Caller(app, None)


@pytest.fixture
def viewer(app: Flask, system: System) -> Caller:
    """Give a viewer."""
    return make_caller(app, system, Role.VIEWER)


@pytest.fixture
def admin(app: Flask, system: System) -> Caller:
    """Give an admin."""
    return make_caller(app, system, Role.ADMIN)


@pytest.fixture
def operator(app: Flask, system: System) -> Caller:
    """Give an operator."""
    return make_caller(app, system, Role.OPERATOR)
