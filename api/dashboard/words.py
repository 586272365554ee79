"""Every text of the pages, in one place."""


class Words:
    """The texts of one page, each by a name."""

    def __init__(self, **texts: str) -> None:
        vars(self).update(texts)

    def __getattr__(self, name: str) -> str:
        """Raise AttributeError: there is no text of this name."""
        raise AttributeError(name)


UNKNOWN = "\u2013"
JUST_NOW = "just now"
AGO, AHEAD = "{} ago", "in {}"

NAV = Words(
    label="Pages",
    skip="Skip to the content",
    overview="Overview",
    jobs="Jobs",
    runs="Runs",
    letters="Dead letters",
    queues="Queues",
    breakers="Breakers",
    alerts="Alerts",
    locations="Locations",
    audit="Audit",
    tokens="Tokens",
    api="API",
    leave="Log out",
)
FRAME = Words(
    name="airq-cron",
    theme="Colours",
    choose="Set",
    sandbox="sandbox: these readings are made up",
    as_of="As of",
    pause="Stop refreshing",
    resume="Refresh again",
    lost="No answer from the server since",
    footer="All instants are UTC unless a zone stands beside them.",
    viewer="You may look; changes need the role operator.",
    more="More",
    back="Back",
    newest="Back to the newest",
    error="This did not work",
    field_error="See the marked field.",
    any="any",
    filter="Filter",
    unknown="unknown",
)
THEMES = {"auto": "as the system", "light": "light", "dark": "dark"}
DONE = {
    "theme": "The colours are set.",
}
STATES = {
    "CLOSED": "closed",
    "OPEN": "open",
    "HALF_OPEN": "half open",
    "ok": "ok",
    "on": "on",
    "off": "off",
    "never_delivered": "nothing yet",
}
OVERVIEW = Words(
    title="Overview",
    well="All is well.",
    well_why="Jobs run as planned, workers are there, and every place has fresh data.",
    degraded="Not all is well: {}.",
    down="Nothing is being done: {}.",
    more="and {} more",
    reasons="Why",
    warnings="Worth seeing to",
    places="Places",
    no_places="No place is watched yet.",
    add_place="Add one: airq locations add ID --name NAME "
    "--lat LAT --lon LON --zone ZONE",
    no_band="no index",
    no_data="no data yet",
    off="switched off",
    measured="newest hour",
    all_places="All {} places",
    jobs="Jobs",
    jobs_about="The last 60 runs of each, the newest on the right.",
    all_jobs="All {} jobs",
    no_jobs="There are no jobs yet.",
    job="Job",
    strip="Last runs",
    last="Last end",
    next="Next",
    queues="Queues",
    queue="Queue",
    score="Health",
    waiting="Waiting",
    in_flight="Running",
    workers="Workers",
    no_workers="none",
    breakers="Breakers",
    no_breakers="No provider is asked here.",
    breaker="Provider",
    state="State",
    failures="Failures in a row",
    since="Since",
    alerts="Open alerts",
    no_alerts="No alert is open.",
    all_alerts="All alerts",
    alert="What",
    severity="Severity",
    processes="Processes",
    process="Process",
    role="Role",
    beat="Last sign of life",
    no_processes="No process says that it is alive. Start them: airq up",
)
STRIP = Words(
    none="No run yet",
    label="The last {count} runs: {told}",
    legend="low mark: done or skipped; high mark: failed, missed or under way",
)
ERRORS = Words(
    title="Error",
    about="{status}: {detail}",
    hint="Go back, or to the overview.",
)
