"""Send a test message now, and say what became of it."""

from dataclasses import dataclass
from uuid import uuid4

from airq_cron.errors import DeliveryError
from airq_cron.ports import AuditEntry
from airq_cron.services.deliver import Post


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What became of a test message.

    Attributes:
        answer: what the channel answered, or why it was not delivered.
        retryable: whether a later attempt may do better; None when delivered.
    """

    channel: str
    delivered: bool
    answer: str
    retryable: bool | None = None


def try_channel(post: Post, name: str, *, by: str) -> Trial:
    """
    Send a test message to one channel, also while notifications are off.

    No run is made and nothing is tried again: a person waits for the answer.

    Args:
        by: who asks, as the audit trail names them.

    Raises:
        NotFoundError: there is no such channel.
    """
    channel = post.channel(name)
    with post.store.read() as unit:
        at = unit.runs.now()
    try:
        trial = Trial(channel.name, True, post.test(name, id=str(uuid4()), at=at))
    except DeliveryError as error:
        trial = Trial(channel.name, False, str(error), error.retryable)
    entry = AuditEntry(
        by,
        "channel.test",
        f"channel:{name}",
        after={"delivered": trial.delivered, "answer": trial.answer},
    )
    post.store.write(lambda unit: unit.audit.record(entry))
    return trial
