"""Endpoints by noun: one decorator says address, role, input and answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema

from airq_cron.domain.role import Role

from .auth import set_role
from .parsing import StrictParser

View = TypeVar("View", bound=Callable[..., Any])
RouteInfo = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What an endpoint answers when all is well.

    Attributes:
        forms: an example by media type, beside JSON or instead of it.
    """

    schema: type[Schema] | None = None
    status: int = 200
    example: Any = None
    headers: Mapping[str, Any] | None = None
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Takes:
    """
    What an endpoint reads of a request, besides its path.

    Attributes:
        body: schema and example of the JSON body.
    """

    query: type[Schema] | None = None
    headers: type[Schema] | None = None
    body: tuple[type[Schema], Any] | None = None


NOTHING = Takes()


class Area:
    """
    The endpoints of one noun.

    Args:
        name: tag of its endpoints in the OpenAPI document.
        description: one sentence about it.
    """

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.blueprint = Blueprint(name, __name__, description=description)
        self.blueprint.ARGUMENTS_PARSER = StrictParser()
        self._roles: dict[str, Role] = {}

    def endpoint(
        self,
        method: str,
        rule: str,
        *,
        role: Role | None,
        answer: Answer,
        takes: Takes = NOTHING,
        errors: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        """
        Serve *rule* by the decorated function, and describe it.

        The function gets what was read of query, headers and body, in this
        order, and the path's values by name; what it returns is dumped with the
        answer's schema. The first sentence of its docstring is the summary.

        Args:
            role: what its caller must be; None is public.
            errors: statuses besides those that follow from the arguments.
        """
        blueprint = self.blueprint

        def register(view: View) -> View:
            served = self._reading(view, takes)
            served = blueprint.response(
                answer.status,
                answer.schema,
                example=answer.example,
                headers=dict(answer.headers) if answer.headers else None,
            )(served)
            info: RouteInfo = {
                "operationId": f"{self.name}.{view.__name__}",
                "x-role": role.value if role else "public",
                "x-errors": list(errors),
                "x-forms": dict(answer.forms),
            }
            served = blueprint.doc(**info)(served)
            blueprint.route(rule, methods=[method])(served)
            self._keep_role(view, role)
            return view

        return register

    def _reading(self, view: Callable[..., Any], takes: Takes) -> Any:
        # The outermost decorator reads first.
        served: Any = view
        arguments = self.blueprint.arguments
        if takes.body is not None:
            schema, example = takes.body
            needed = not getattr(schema, "may_be_absent", False)
            served = arguments(schema, example=example, required=needed)(served)
        if takes.headers is not None:
            served = arguments(takes.headers, location="headers")(served)
        if takes.query is not None:
            served = arguments(takes.query, location="query")(served)
        return served

    def page(
        self, rule: str, *, role: Role | None, methods: tuple[str, ...] = ("GET",)
    ) -> Callable[[View], View]:
        """Serve *rule* by the decorated function, outside the OpenAPI document."""

        def register(view: View) -> View:
            flask.Blueprint.add_url_rule(
                self.blueprint,
                rule,
                endpoint=view.__name__,
                view_func=view,
                methods=methods,
            )
            self._keep_role(view, role)
            return view

        return register

    def join(self, app: flask.Flask, api: Api) -> None:
        """Serve the endpoints in *app* and describe them in *api*."""
        api.register_blueprint(self.blueprint)
        for endpoint, role in self._roles.items():
            set_role(app, endpoint, role)

    def _keep_role(self, view: View, role: Role | None) -> None:
        if role is not None:
            self._roles[f"{self.name}.{view.__name__}"] = role
