"""The Typer app: which commands there are. What a first look should say of them stands in front_page.py."""

from __future__ import annotations

import typer

from leadline.cli.commands.init import init
from leadline.cli.commands.run import run
from leadline.cli.commands.schema import schema
from leadline.cli.commands.services import agent, collector, scheduler, web
from leadline.cli.commands.snippet import snippet
from leadline.cli.commands.up import up

app = typer.Typer(
    name="leadline",
    help="Testing in production, per version. `leadline --help` alone shows where to start.",
    # Rich's help costs 300 ms CPU, more than all of the rest (measured, Typer 0.29); plain text also reads in a pipe.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

for command in (init, snippet, schema, up, run, collector, scheduler, web, agent):
    app.command()(command)
