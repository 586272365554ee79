"""What many operations of the OpenAPI document share: errors and parameters."""

from typing import Any

from .problem import MEDIA_TYPE, Problem, title_of

TEXT = {"type": "string"}
SAMPLES = {
    400: Problem(400, "bad-request", "the body is not JSON: Expecting value"),
    401: Problem(401, "not-authenticated", "send a token"),
    403: Problem(403, "not-allowed", "this needs the role operator"),
    404: Problem(404, "not-found", "unknown job: fetch-rome"),
    409: Problem(409, "conflict", "the request does not fit the present state"),
    412: Problem(412, "stale", "it was changed in the meantime: it is version 4"),
    413: Problem(413, "too-large", "the body is larger than 1 MiB"),
    414: Problem(414, "too-long", "Request Line is too large (5000 > 4094)"),
    415: Problem(415, "wrong-content-type", "send Content-Type: application/json"),
    421: Problem(421, "wrong-host", "this host name is not served here"),
    422: Problem(
        422,
        "bad-field",
        "enabled: Must be true or false.",
        (("enabled", "Must be true or false."),),
    ),
    428: Problem(
        428, "precondition-required", "send If-Match with the ETag that GET gave"
    ),
    429: Problem(
        429, "too-many-failures", "too many failed attempts from here; try again in 9 s"
    ),
    431: Problem(431, "headers-too-large", "limit request headers fields size"),
    500: Problem(500, "internal", "something went wrong here"),
    503: Problem(503, "unavailable", "the database does not answer; try again"),
}
HEADERS = {
    304: {"ETag": "that of the content, which is the one you have"},
    401: {"WWW-Authenticate": "`Bearer`, with the reason"},
    412: {"ETag": "that of the present version"},
    503: {"Retry-After": "seconds after which to ask again"},
}
# What a parameter means where its schema says nothing of its own.
PARAMETERS = {
    "cursor": "`next_cursor` of the last page",
    "date": "a local day of the place",
    "id": "its id, as lists give it",
    "job": "name of a job",
    "jobName": "name of a job",
    "kind": "what kind it is",
    "location": "id of a place",
    "name": "its name, as lists give it",
    "pollutant": "this pollutant alone",
    "queue": "name of a queue",
    "queueName": "name of a queue",
    "schedule": "a schedule to try: cron text, `every 30s`, `at <instant>` or `never`",
    "scheduled_for": "an instant, a local time of the job's zone, or `last`",
    "state": "in this state alone",
    "theme": "for light or dark surroundings",
    "timezone": "an IANA zone to try",
}


def _response(status: int) -> dict[str, Any]:
    made: dict[str, Any] = {"description": title_of(status)}
    if status in HEADERS:
        made["headers"] = {
            name: {"description": words, "schema": TEXT}
            for name, words in HEADERS[status].items()
        }
    if status in SAMPLES:
        made["content"] = {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": SAMPLES[status].body(),
            }
        }
    return made


RESPONSES = {str(status): _response(status) for status in (304, *SAMPLES)}
