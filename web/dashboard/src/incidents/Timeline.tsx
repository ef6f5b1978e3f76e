// What happened to an incident and what people noted, in order, with a field for the next note.
import { useState } from "preact/hooks";
import type { History } from "../model";
import { addNote } from "../server";
import { at } from "../words";

const WORDS: Record<string, string> = {
  open: "Opened",
  change: "Changed",
  acknowledge: "Acknowledged",
  silence: "Silenced",
  resolve: "Resolved",
  recover: "Recovered",
  test: "Test page",
};

interface Moment {
  at: string;
  what: string;
  by: string | null;
  text: string;
  isNote: boolean;
}

/** Transitions and notes by time; a title is shown only where it differs from the one before. */
export function momentsOf(history: History): Moment[] {
  let title = "";
  const transitions = history.transitions.map((one): Moment => {
    const text = one.title === title ? "" : one.title;
    title = one.title;
    return { at: one.at, what: WORDS[one.kind] ?? one.kind, by: one.by, text, isNote: false };
  });
  const notes = history.notes.map((one): Moment => ({ at: one.at, what: "Note", by: one.by, text: one.text, isNote: true }));
  return [...transitions, ...notes].sort((left, right) => Date.parse(left.at) - Date.parse(right.at));
}

export function Timeline({ history, clock, changed }: { history: History; clock: number; changed: () => void }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        {momentsOf(history).map((one, index) => (
          <li key={index} class={one.isNote ? "note" : ""}>
            <time dateTime={one.at}>{at(one.at, clock)}</time> <b>{one.what}</b>
            {one.by ? ` by ${one.by}` : ""}
            {one.text ? `: ${one.text}` : ""}
          </li>
        ))}
      </ol>
      <AddNote incidentId={history.incident.incident_id} changed={changed} />
    </section>
  );
}

function AddNote({ incidentId, changed }: { incidentId: string; changed: () => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const send = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    addNote(incidentId, text).then(
      () => {
        setText("");
        setProblem("");
        changed();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <form class="act" onSubmit={send}>
      <input
        aria-label="Note"
        placeholder="What you found or did; pages nobody"
        maxLength={4000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="more">
        Add note
      </button>
      {problem ? (
        <span class="error" role="alert">
          {problem}
        </span>
      ) : null}
    </form>
  );
}
