"""The Typer app: the list of commands. The text of `leadline --help` is in front_page.py."""

from __future__ import annotations

import typer

from leadline.cli.commands.ack_and_mark import ack, deploy, note
from leadline.cli.commands.backups import backup, restore, retention
from leadline.cli.commands.budget import budget
from leadline.cli.commands.doctor import doctor, dora
from leadline.cli.commands.drops import drops
from leadline.cli.commands.flag import flag
from leadline.cli.commands.hook import hook
from leadline.cli.commands.incidents import incidents, notifications
from leadline.cli.commands.init import init
from leadline.cli.commands.interchange import export_tables, import_tables
from leadline.cli.commands.plan import plan
from leadline.cli.commands.record import record
from leadline.cli.commands.release import release
from leadline.cli.commands.run import run
from leadline.cli.commands.schema import schema
from leadline.cli.commands.services import agent, collector, scheduler, store, web
from leadline.cli.commands.silence import silence
from leadline.cli.commands.slo import slo
from leadline.cli.commands.snippet import snippet
from leadline.cli.commands.sql import sql
from leadline.cli.commands.status import status
from leadline.cli.commands.trial import send_test_page
from leadline.cli.commands.trigger import trigger
from leadline.cli.commands.up import up
from leadline.cli.commands.validate import validate
from leadline.cli.commands.verdict import verdict
from leadline.cli.commands.vitals import vitals

SET_UP = (init, record, validate, schema)
RUN = (up, run, collector, scheduler, store, web)
LOOK = (status, vitals, verdict, plan, budget, doctor, dora, incidents, notifications, drops, sql)
ACT = (ack, note, trigger)

app = typer.Typer(
    name="leadline",
    help="Testing in production, per version. `leadline --help` alone shows where to start.",
    # Rich's help costs 300 ms CPU, more than all of the rest (measured, Typer 0.29); plain text also reads in a pipe.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

for command in (*SET_UP, *RUN, *LOOK, *ACT):
    app.command()(command)
app.command()(backup)
app.command()(restore)
app.command()(retention)
app.command("test-page")(send_test_page)
app.command("export")(export_tables)
app.command("import")(import_tables)
app.command(hidden=True)(agent)  # only says that it comes later; the front page lists what works
app.add_typer(snippet)
app.add_typer(silence)
app.add_typer(slo)
app.add_typer(deploy)
app.add_typer(flag)
app.add_typer(hook)
app.add_typer(release)
