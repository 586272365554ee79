"""
Messages copied from one that Celery has made, in a fraction of the time.

Celery works out for each message what is the same for all of a kind: its route,
limits and headers. Here it does so once, and each further message is that one with
its own id, tag, instant and body.
"""

from base64 import b64encode
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from kombu import serialization
from kombu.utils.json import dumps

# As Celery writes it: callbacks and the like, of which we use none.
NO_CALLBACKS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


class Envelope:
    """
    A message as it stands in its list, to be copied.

    Args:
        key: the Redis list.
        message: what Celery and kombu made of the first run.
        stamp: the header that says when the message was sent.
        serializer: what writes the body; sealed ones are never alike.
        named: the arguments by name, which all copies share.
    """

    def __init__(
        self,
        key: str,
        message: Mapping[str, Any],
        *,
        stamp: str,
        serializer: str,
        named: Mapping[str, Any],
    ) -> None:
        self.key = key
        self._form = _form(message, stamp)
        self._serializer = serializer
        self._named = named
        self._series = uuid4()
        self._numbers = count()

    def copy(self, run_id: str, sent_at: float) -> str:
        """
        Return the message of *run_id*, with a delivery tag that no other has.

        Args:
            run_id: without a character that JSON or Python would escape.
            sent_at: in seconds since the epoch.
        """
        content = ((run_id,), self._named, NO_CALLBACKS)
        _, _, body = serialization.dumps(content, serializer=self._serializer)
        return self._form % {
            "run": run_id,
            "body": b64encode(body.encode()).decode(),
            "sent_at": sent_at,
            "tag": f"{self._series}-{next(self._numbers)}",
        }


def _form(message: Mapping[str, Any], stamp: str) -> str:
    """Return the text of *message* with a place for what each copy has of its own."""
    run, body, sent_at, tag = (uuid4().hex for _ in range(4))
    headers = message["headers"] | {
        "id": run,
        "root_id": run,
        "argsrepr": repr((run,)),
        stamp: sent_at,
    }
    properties = message["properties"] | {"correlation_id": run, "delivery_tag": tag}
    text = dumps(
        {**message, "body": body, "headers": headers, "properties": properties}
    )
    places = {
        run: "%(run)s",
        body: "%(body)s",
        f'"{sent_at}"': "%(sent_at)r",
        tag: "%(tag)s",
    }
    form = text.replace("%", "%%")
    for mark, place in places.items():
        form = form.replace(mark, place)
    return form
