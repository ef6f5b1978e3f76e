// What mutes pages now, who asked for it and until when, so that nobody waits for a muted page.
import type { Silence } from "../model";
import { at, count } from "../words";

const SHOWN = 5;

export function Silences({ silences, clock }: { silences: Silence[]; clock: number }) {
  if (silences.length === 0) return null;
  return (
    <section class="silences" aria-label="Silences">
      <ul>
        {silences.slice(0, SHOWN).map((silence) => (
          <li key={silence.silence_id}>
            <b>{silence.muted}</b> pages nobody until {at(silence.until, clock)}:{" "}
            <span class="quiet">
              {silence.reason} ({silence.by})
            </span>
          </li>
        ))}
        {silences.length > SHOWN ? <li class="quiet">and {count(silences.length - SHOWN)} more: leadline silence list</li> : null}
      </ul>
    </section>
  );
}
