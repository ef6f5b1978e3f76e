// The targets, the result of the last page to each, and a button that sends a test page.
import { useState } from "preact/hooks";
import { askTargets, sendTestPage } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { at } from "../words";
import type { TargetRow } from "./targetRow";

export function Targets({ clock, turn }: { clock: number; turn: number }) {
  const [sent, setSent] = useState(0);
  const [problem, setProblem] = useState("");
  const targets = useAnswer<TargetRow[]>(askTargets, [turn, sent]).value;
  if (targets === null || targets.length === 0) return null;
  const send = (target: string) => {
    setProblem("");
    sendTestPage(target).then(
      () => setSent((count) => count + 1),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <section class="targets">
      <h2>Targets</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Target</th>
              <th scope="col">Last page</th>
              <th scope="col">Waiting</th>
              <th scope="col">Test</th>
            </tr>
          </thead>
          <tbody>
            {targets.map((one) => (
              <tr key={one.target}>
                <th scope="row">
                  {one.target} <span class="quiet">{[one.service, one.is_fallback && "fallback", one.is_operator && "operator"].filter(Boolean).join(", ")}</span>
                </th>
                <td>{lastPage(one, clock)}</td>
                <td>{one.waiting}</td>
                <td>
                  <button type="button" class="more" onClick={() => send(one.target)} aria-label={`Send a test page to ${one.target}`}>
                    Send a test page
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {problem ? (
        <p class="error" role="alert">
          {problem}
        </p>
      ) : null}
    </section>
  );
}

function lastPage(one: TargetRow, clock: number): string {
  if (one.last_state === null || one.last_at === null) return "none yet";
  const what = one.last_transition === "test" ? "test page" : one.last_transition;
  const said = `${what} ${one.last_state.replace("_", " ")}, ${at(one.last_at, clock)}`;
  return one.last_error && one.last_state !== "accepted" ? `${said}: ${one.last_error}` : said;
}
