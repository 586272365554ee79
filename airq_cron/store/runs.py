"""The ledger's repository, put together."""

from airq_cron.store.claiming import Claiming
from airq_cron.store.dead_letters import DeadLetters
from airq_cron.store.entering import Entering
from airq_cron.store.inquiry import Inquiry
from airq_cron.store.losses import Losses
from airq_cron.store.overdue import Overdue
from airq_cron.store.purging import Purging
from airq_cron.store.reading import Reading
from airq_cron.store.releasing import Releasing
from airq_cron.store.session import Session
from airq_cron.store.splitting import Splitting
from airq_cron.store.streaks import Streaks
from airq_cron.store.watching import Watching


class SqlRuns(
    Entering,
    Claiming,
    Splitting,
    Overdue,
    Releasing,
    Reading,
    Purging,
    DeadLetters,
    Inquiry,
    Losses,
    Streaks,
    Watching,
):
    """All that is done with runs in one transaction; see `ports.Runs`."""

    def __init__(self, session: Session) -> None:
        self.session = session
