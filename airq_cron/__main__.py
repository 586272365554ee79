"""`python -m airq_cron`."""

from airq_cron.cli.main import main

main(prog_name="airq")
