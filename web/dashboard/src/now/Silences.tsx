// What mutes pages now, who asked for it and until when, so that nobody waits for a muted page.
import { useState } from "preact/hooks";
import type { Silence } from "../model";
import { endSilence } from "../server";
import { at, count } from "../words";

const SHOWN = 5;

export function Silences({ silences, clock }: { silences: Silence[]; clock: number }) {
  const [problem, setProblem] = useState("");
  if (silences.length === 0) return null;
  const end = (silenceId: string) => {
    endSilence(silenceId).then(
      () => setProblem(""),
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <section class="silences" aria-label="Silences">
      <ul>
        {silences.slice(0, SHOWN).map((silence) => (
          <li key={silence.silence_id}>
            <b>{silence.muted}</b> pages nobody until {at(silence.until, clock)}:{" "}
            <span class="quiet">
              {silence.reason} ({silence.by})
            </span>
            {/* What the configuration mutes would be muted again at once */}
            {silence.by.startsWith("[[") || silence.by.startsWith("[notify]") ? null : (
              <button type="button" class="more end" aria-label={`End the silence of ${silence.muted}`} onClick={() => end(silence.silence_id)}>
                End it
              </button>
            )}
          </li>
        ))}
        {silences.length > SHOWN ? <li class="quiet">and {count(silences.length - SHOWN)} more: leadline silence list</li> : null}
      </ul>
      {problem ? (
        <p class="error" role="alert">
          {problem}
        </p>
      ) : null}
    </section>
  );
}
