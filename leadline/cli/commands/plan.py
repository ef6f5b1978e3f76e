"""`leadline plan`: what a canary could show with this traffic, how small an effect, and by when."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings

TABLE = ("metric", "baseline", "looks for", "needs", "by", "smallest in a day", "earlier by")
FLAT = (
    "metric", "baseline_ratio", "effect_ratio", "needed_sessions", "minutes", "smallest_ratio", "proxy", "share",
    "sessions_per_minute",
)  # fmt: skip
AA = ("splits", "rolled_back", "paused", "cried", "alpha", "alpha_pause")
SPLITS = 20


def plan(
    app: Annotated[str | None, typer.Option("--app", help="Which app, if there are several.")] = None,
    share: Annotated[float, typer.Option("--share", min=0.0001, max=0.9999, help="The canary's share of users.")] = 0.1,
    aa: Annotated[
        bool,
        typer.Option("--aa", help=f"Replay {SPLITS} A/A splits of this traffic: how often is there a false alarm?"),
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help="Traffic since: 24h ago, or a time; default: a day.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="Up to this time.")] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Show how big an effect a canary can show with this traffic, by when, and which earlier event shows it too.

    An effect counts as shown if it pauses 4 of 5 releases that have it.

    \b
    Examples:
      leadline plan --app shop --share 0.1
      leadline plan --app shop --aa
    """
    from leadline.cli.asking.plans import ask_plan
    from leadline.cli.listing import print_rows

    settings = read_running_settings(config)
    answer = ask_plan(settings, app=app, share=share, since=since, until=until, splits=SPLITS if aa else 0)
    if aa:
        gate = settings.gate_of(app or settings.apps[0].name)
        row = {
            "splits": answer.splits,
            "rolled_back": answer.rolled_back,
            "paused": answer.paused,
            "cried": ", ".join(answer.cried) or None,
            "alpha": gate.alpha,
            "alpha_pause": gate.alpha_pause,
        }
        print_rows([row], columns=AA, as_format=output, if_empty="")
        return
    more = {"share": share, "sessions_per_minute": round(answer.sessions_per_minute, 3)}
    if output != "table":
        print_rows([row | more for row in answer.rows], columns=FLAT, as_format=output, if_empty="")
        return
    print(
        f"{answer.sessions:,} sessions, {answer.sessions_per_minute:,.1f} a minute; {share * 100:g} % get the canary."
    )
    print_rows([_told(row) for row in answer.rows], columns=TABLE, as_format=output, if_empty="")
    for row in answer.rows:
        if row["proxy"] is not None:
            print(
                f"\nFor {row['metric']}, {row['proxy']} shows the same loss in less than half the time: judge it too."
            )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": row["metric"],
        "baseline": None if row["baseline_ratio"] is None else f"{row['baseline_ratio'] * 100:.2f} %",
        "looks for": f"{row['effect_ratio'] * 100:+.1f} %",
        "needs": None if row["needed_sessions"] is None else f"{row['needed_sessions']:,} canary sessions",
        "by": _span(row["minutes"]),
        "smallest in a day": "nothing" if row["smallest_ratio"] is None else f"{row['smallest_ratio'] * 100:+.1f} %",
        "earlier by": row["proxy"],
    }


def _span(minutes: float | None) -> str:
    """`3 h 40 min`; `not within a day` says how many days."""
    if minutes is None:
        return "never"
    if minutes > 1440:
        return f"not in a day ({minutes / 1440:,.1f} days)"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"
