"""The `airq` command."""

import sys
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from airq_cron import __version__
from airq_cron.errors import AirqError

# Module and function of each command, in the order of `airq --help`. A module is
# loaded when its command is called: the sandbox starts in a fifth of the time.
COMMANDS = {
    "up": ("up", "up"),
    "status": ("status", "status"),
    "top": ("top", "top"),
    "sandbox": ("sandbox", "sandbox"),
    "db": ("db", "db"),
    "import": ("load", "load_command"),
    "export": ("export", "export"),
    "backfill": ("backfill", "backfill"),
    "backfills": ("backfills", "backfills"),
    "jobs": ("jobs", "jobs"),
    "runs": ("runs", "runs"),
    "dead-letters": ("dead_letters", "dead_letters"),
    "locations": ("locations", "locations"),
    "aqi": ("aqi", "aqi"),
    "nowcast": ("nowcast", "nowcast_command"),
    "report": ("report", "report"),
    "queues": ("queues", "queues"),
    "providers": ("providers", "providers"),
    "breaker": ("breaker", "breaker"),
    "alerts": ("alerts", "alerts"),
    "audit": ("audit", "audit"),
    "config": ("config", "config"),
    "token": ("token", "token"),
    "login": ("login", "login"),
    "alive": ("alive", "alive"),
    "cleanup": ("cleanup", "cleanup"),
    "keys": ("keys", "keys"),
    "doctor": ("doctor", "doctor"),
    "completion": ("completion", "completion"),
}
# So that the list of commands is printed without loading any of them.
SUMMARIES = {
    "up": "Start broker, API, beat and workers here.",
    "status": "Sum up jobs, queues, processes and data; say what is wrong.",
    "top": "Watch queues, processes and runs, anew every two seconds.",
    "sandbox": "Serve air-quality data as Open-Meteo does, on this machine.",
    "db": "Look after the database.",
    "import": "Store the measured values of a CSV file.",
    "export": "Write the figures of a place as CSV or JSON.",
    "backfill": "Run a job for its fire times on past days.",
    "backfills": "Look at backfills, and call one off.",
    "jobs": "Look at jobs, make and change them, start them by hand.",
    "runs": "Look into the ledger of runs; cancel, retry, discard.",
    "dead-letters": "See to runs that failed for good.",
    "locations": "Look at places, add, change, remove; find and fill gaps.",
    "aqi": "Compute the air quality index of a concentration.",
    "nowcast": "Compute what the air holds now from the last twelve hours.",
    "report": "Report one local day of a place.",
    "queues": "See how queues do, what holds them up, and what would help.",
    "providers": "See to the providers that are asked.",
    "breaker": "See to the breakers that guard the providers.",
    "alerts": "See what raised an alert, see to it, and how people are told.",
    "audit": "See who changed what; check that nobody changed that.",
    "config": "See every setting, and where its value comes from.",
    "token": "Make and revoke tokens of the API.",
    "login": "Print a link that logs a browser in, once.",
    "alive": "Say whether a beat or worker of this host is alive.",
    "cleanup": "Remove what is past its time, or show what would go.",
    "keys": "Make keys that seal messages.",
    "doctor": "Check this installation; say what to do about what is wrong.",
    "completion": "Print what lets a shell complete commands and options.",
}


class Commands(click.Group):
    """Loads a command when it is called, and turns our errors into one line."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of this name, or None."""
        if name not in COMMANDS:
            return None
        module, function = COMMANDS[name]
        found: click.Command = getattr(
            import_module(f"airq_cron.cli.{module}"), function
        )
        return found

    def format_commands(
        self, _ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Return what *incomplete* may become, without loading any command."""
        names = [
            CompletionItem(name, help=summary)
            for name, summary in SUMMARIES.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an AirqError ends the process with its exit code."""
        try:
            return super().invoke(ctx)
        except AirqError as error:
            from airq_cron.cli.session import exit_code, explain  # noqa: PLC0415

            click.echo(f"airq: {explain(error)}", err=True)
            sys.exit(exit_code(error))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="airq")
def main() -> None:
    """
    Keep an air-quality record complete.

    Exit codes: 0 done, 1 the work asked for failed, 2 wrong call or setting,
    3 not found, 4 refused.
    """
