"""Print the OpenAPI document: `python -m api.print_openapi > docs/openapi.json`."""

import sys

from airq_cron.config import load
from airq_cron.system import build

from .app import create_app
from .docs import document_of
from .openapi import as_text


def main() -> None:
    """Write the document to standard output; it needs no database and no Redis."""
    sys.stdout.write(as_text(document_of(create_app(build(load({}))))))


if __name__ == "__main__":
    main()
