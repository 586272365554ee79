"""
Celery's `beat` and `worker` for our app: `python -m workers worker --queues ...`.

The `celery` command does the same, and is what to use by hand. It also loads a shell,
and plugins such as Flower, which take each process a third of a second and 12 MiB.
"""

import click
from celery.bin.base import CLIContext
from celery.bin.beat import beat
from celery.bin.worker import worker

from .app import app


@click.group(commands=[beat, worker])
@click.pass_context
def main(context: click.Context) -> None:
    """Be one of the processes of the service."""
    context.obj = CLIContext(app=app, no_color=True, workdir=None)


if __name__ == "__main__":
    main()
