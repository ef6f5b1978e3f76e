// The last runs of one monitor, oldest first: one glyph each, told apart by shape before colour.
import type { Mark, Run, RunStatus } from "../model";
import { at, duration } from "../words";

const CELL = 8;
const HEIGHT = 16;

const WORDS: Record<RunStatus, string> = {
  passed: "passed",
  degraded: "over budget",
  failed: "failed",
  aborted: "aborted (error inside Leadline)",
  skipped: "did not run",
};

function glyph(status: RunStatus, x: number) {
  const middle = x + CELL / 2;
  const y = HEIGHT / 2;
  switch (status) {
    case "passed":
      return <circle cx={middle} cy={y} r={2.6} class="passed" />;
    case "degraded":
      return (
        <g class="degraded">
          <circle cx={middle} cy={y} r={3} class="hollow" />
          <path d={`M${middle} ${y - 3}a3 3 0 0 1 0 6z`} />
        </g>
      );
    case "failed":
      return <path d={`M${middle} ${y - 5}l4.4 9h-8.8z`} class="failed" />;
    case "aborted":
      return <circle cx={middle} cy={y} r={2.6} class="aborted hollow" />;
    case "skipped":
      return <path d={`M${middle - 2} ${y}h4`} class="skipped" />;
  }
}

export function Strip({ runs, now, marks = [], slots = 50 }: { runs: Run[]; now: number; marks?: Mark[]; slots?: number }) {
  const shown = runs.slice(-slots);
  const start = (slots - shown.length) * CELL;
  const failed = shown.filter((run) => run.status === "failed").length;
  const label = shown.length === 0 ? "no run yet" : `last ${shown.length} runs, ${failed} failed`;
  return (
    <svg class="strip" width={slots * CELL} height={HEIGHT} role="img" aria-label={label}>
      {shown.map((run, index) => (
        <g key={run.run_id}>
          <title>
            {`${at(run.started_at, now)} ${WORDS[run.status]}, ${duration(run.duration_ms)}` +
              `${run.service_version ? `, version ${run.service_version}` : ""}${run.step ? `, step ${run.step}` : ""}` +
              `${run.error_message ? `\n${run.error_message}` : ""}`}
          </title>
          <rect x={start + index * CELL} y={0} width={CELL} height={HEIGHT} fill="transparent" />
          {glyph(run.status, start + index * CELL)}
        </g>
      ))}
      {deployedIn(shown, marks).map(({ mark, index }) => (
        <path key={`${mark.at} ${mark.name}`} d={`M${start + index * CELL} 0V${HEIGHT}`} class="deployed">
          <title>{`${mark.name} deployed ${at(mark.at, now)}`}</title>
        </path>
      ))}
    </svg>
  );
}

/** Deployments within the strip, each before the first run that began after it. */
function deployedIn(shown: Run[], marks: Mark[]): { mark: Mark; index: number }[] {
  return marks.flatMap((mark) => {
    const index = shown.findIndex((run) => Date.parse(run.started_at) >= Date.parse(mark.at));
    return mark.kind === "deployment" && index > 0 ? [{ mark, index }] : [];
  });
}

export function StatusWord({ status }: { status: RunStatus | null }) {
  if (status === null) return <span class="state none">no run yet</span>;
  return (
    <span class={`state ${status}`}>
      <svg width={CELL + 2} height={HEIGHT} aria-hidden="true">
        {glyph(status, 1)}
      </svg>
      {WORDS[status]}
    </span>
  );
}
