"""`leadline verdict`: says whether this canary may go on, in words and as exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli.options import ConfigFile, Format, read_running_settings
from leadline.errors import ConfigurationError

if TYPE_CHECKING:
    from leadline.model.verdicts import Verdict

LIST = ("decided_at", "verdict", "canary_sessions", "baseline_sessions", "reasons")
FLAT = (
    "app", "service_version", "baseline_version", "stage", "verdict", "reasons", "sentence", "decided_at", "since_at",
    "canary_sessions", "baseline_sessions", "may_act", "is_proven", "is_exposed", "alpha",
)  # fmt: skip
# Said below the sentence: the answer is about something else than the reader may think.
NOTED = {"single_look", "older_than_kept", "not_registered", "unusable_values"}
METRICS = (
    "metric", "state", "canary", "baseline", "difference", "low", "high", "canary_sessions", "needed", "log_e",
    "to_pause", "to_roll_back", "segment", "route",
)  # fmt: skip


def verdict(
    app: Annotated[str | None, typer.Option("--app", help="Which app, if there are several.")] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", metavar="V", help="A version, or cohort:NAME.")] = None,
    canary: Annotated[str | None, typer.Option("--canary", metavar="W", help="A version, or cohort:NAME.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help="A single look from T on; Leadline does not act on it.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="Judge as of this time.")] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="SPAN", help="List a verdict for each span: 1m.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the findings per metric.")] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Write the evidence to FILE, as JSON.")
    ] = None,
    recompute: Annotated[
        str | None,
        typer.Option(
            "--recompute", metavar="FILE|ID", help="Judge again from a bundle, or by the ID of a recorded verdict."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="SEGMENT", help="Compare by route, device_type, browser_name or country."),
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="NAME", help="With --by: only this metric of the gate.")
    ] = None,
    output: Format = "table",
    config: ConfigFile = None,
) -> None:
    """Say whether a canary may go on, and why.

    Compares the two versions that were registered last, from the deploy mark on, unless you give others. Exit 0
    promote, 10 rollback, 11 hold (inconclusive or no data), 12 pause. T is a time (2026-11-27T09:30:00Z, without a
    zone UTC) or how long ago (90m).

    \b
    Examples:
      leadline verdict --app shop
      leadline verdict --app shop --baseline 1.4.2 --canary 1.5.0 --explain
      leadline verdict --app shop --until 2026-11-27T12:00:00Z --every 1m --format csv
      leadline verdict --app shop --by route --metric lcp_ms
      leadline verdict --app shop --bundle evidence.json
      leadline verdict --recompute evidence.json
      leadline verdict --recompute 01JDF0Z6V6Q1T7R8C3M2N4P5X9
    """
    from leadline.model.verdicts import EXIT_CODES

    if recompute is not None:
        if any(one is not None for one in (app, baseline, canary, since, until, every, bundle, by, metric)):
            raise ConfigurationError("--recompute takes everything from the bundle; remove the other options")
        found = _recomputed(_bundle_named(recompute, config), output)
        _show([found], is_list=False, explain=explain, output=output)
        raise typer.Exit(EXIT_CODES[found.verdict])
    if metric is not None and by is None:
        raise ConfigurationError("--metric goes with --by", hint="--by route, device_type, browser_name or country")
    if by is not None and every is not None:
        raise ConfigurationError("--by compares at one time; remove --every, or add --until")
    from leadline.cli.asking.verdicts import ask_verdict

    settings = read_running_settings(config)
    answer = ask_verdict(
        settings,
        app=app,
        baseline=baseline,
        canary=canary,
        since=since,
        until=until,
        every=every,
        with_bundle=bundle is not None,
        by=by,
        metric=metric,
    )
    if bundle is not None and answer.bundle is not None:
        _write(bundle, answer.bundle)
    if by is None or output == "table":
        _show(answer.verdicts, is_list=every is not None, explain=explain, output=output)
    if by is not None:
        from leadline.cli.asking.segments import print_segments

        print_segments(answer.verdicts[-1], answer.drilled, output=output)
    raise typer.Exit(EXIT_CODES[answer.verdicts[-1].verdict])


def _show(verdicts: list[Verdict], *, is_list: bool, explain: bool, output: Any) -> None:
    import msgspec

    from leadline.cli.asking.verdicts import metric_rows, verdict_row
    from leadline.cli.listing import print_rows

    last = verdicts[-1]
    if output != "table":
        rows = [verdict_row(one) for one in verdicts]
        if explain:
            rows = [
                row | {"metrics": msgspec.to_builtins(one.metrics)} for row, one in zip(rows, verdicts, strict=True)
            ]
        print_rows(rows, columns=(*FLAT, "metrics") if explain else FLAT, as_format=output, if_empty="")
        return
    if is_list:
        print_rows([verdict_row(one) for one in verdicts], columns=LIST, as_format=output, if_empty="")
        print()
    print(f"{last.verdict}  {last.app}  {last.canary} against {last.baseline}  as of {last.decided_at:%Y-%m-%d %H:%M}Z")
    print(last.sentence)
    for reason in last.reasons:
        if reason.code in NOTED and not explain:
            print(f"Note: {reason.text}.")
    if explain:
        print()
        for reason in last.reasons:
            print(f"  {reason.code}: {reason.text}")
        for warned in last.metrics:
            if warned.warning is not None:
                print(f"  warning: {warned.warning}")
        print()
        print_rows(metric_rows(last), columns=METRICS, as_format=output, if_empty="")
        print(
            "\nDifferences are parts of the baseline's value, with 95 % bounds that are valid at all times."
            "\nEvidence is ln E; it pauses and rolls back at the values next to it."
        )


def _bundle_named(named: str, config: Path | None) -> Path:
    """A file, else the stored evidence of the verdict with this id."""
    from leadline.storeclient.bundles import find_bundle, is_verdict_id

    if Path(named).exists() or not is_verdict_id(named):
        return Path(named)
    found = find_bundle(read_running_settings(config).paths.evidence, named)
    if found is None:
        raise ConfigurationError(
            f"--recompute: no evidence is kept of a verdict {named}",
            hint="GET /v1/verdicts lists the ids; evidence is kept for [home] evidence_max_age",
        )
    return found


def _recomputed(file: Path, output: Any) -> Verdict:
    from leadline.storeclient.bundles import unpack_bundle

    try:
        from leadline.analysis.verdicts import BundleInvalid, recompute
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            "judging needs numpy, which is not installed", hint="pip install 'leadline[store]'"
        ) from missing
    try:
        text = unpack_bundle(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{file}: {error}", hint="leadline verdict --bundle FILE writes one") from error
    try:
        again = recompute(text)
    except BundleInvalid as error:
        raise ConfigurationError(f"{file}: {error}", hint="leadline verdict --bundle FILE writes one") from error
    if again.differences:
        typer.echo(
            f"leadline: {file} contains statements that do not follow from its blocks: {', '.join(again.differences)}. "
            "The recomputed verdict is below.",
            err=True,
        )
        _show([again.verdict], is_list=False, explain=False, output=output)
        raise typer.Exit(1)
    return again.verdict


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--bundle {file}: {error.strerror}") from error
