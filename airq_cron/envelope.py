"""
Messages copied from one that Celery has made, in a fraction of the time.

Celery works out for each message what is the same for all of a kind: its route,
limits and headers. Here it does so once, and each further message is that one with
its own id, tag, instant and body.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kombu import serialization
from kombu.utils.json import dumps

# As Celery writes it: callbacks and the like, of which we use none.
NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    A message as it stands in its list, to be copied.

    Attributes:
        key: the Redis list.
        message: what Celery and kombu made of the first run.
        serializer: what writes the body; sealed ones are never alike.
        named: the arguments by name, which all copies share.
    """

    key: str
    message: dict[str, Any]
    serializer: str
    named: Mapping[str, Any]

    def copy(self, run_id: str, header: Mapping[str, Any]) -> str:
        """Return the message of *run_id*, with the values of *header* among its own."""
        content = ((run_id,), self.named, NO_CALLBACKS)
        _, _, body = serialization.dumps(content, serializer=self.serializer)
        headers = self.message["headers"] | header
        headers |= {"id": run_id, "root_id": run_id, "argsrepr": repr((run_id,))}
        properties = self.message["properties"] | {
            "correlation_id": run_id,
            "delivery_tag": str(uuid4()),
        }
        return dumps(
            self.message
            | {
                "body": b64encode(body.encode()).decode(),
                "headers": headers,
                "properties": properties,
            }
        )
