// Which users get what, who changed it, and the kill: one click asks for a reason, the second one acts.
import { useState } from "preact/hooks";
import type { Flag } from "../model";
import { askFlags, changeFlag } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { at } from "../words";

const STATES: Record<Flag["state"], string> = { configured: "as configured", set: "set by command", killed: "killed" };

export function FlagsView({ clock, turn }: { clock: number; turn: number }) {
  const answer = useAnswer<Flag[]>(askFlags, [turn]);
  const flags = answer.value;
  return (
    <main class="flags">
      <h1>Flags</h1>
      <AnswerState answer={answer} what="flags" clock={clock} />
      {flags !== null && flags.length === 0 ? (
        <Empty title="No flags yet">
          <p>Add a flag to leadline.toml: you can open it step by step, and kill it here or with leadline flag kill.</p>
          <pre>{'[[flag]]\nkey = "new-checkout"\napp = "shop"\nvariants = { on = true, off = false }\ndefault = "off"'}</pre>
        </Empty>
      ) : null}
      {flags?.map((flag) => <FlagCard key={flag.key} flag={flag} clock={clock} changed={answer.again} />)}
    </main>
  );
}

function FlagCard({ flag, clock, changed }: { flag: Flag; clock: number; changed: () => void }) {
  const [isAsking, setIsAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const act = (verb: "kill" | "restore") => {
    setIsAsking(false);
    changeFlag(flag.key, verb, reason).then(
      () => {
        setProblem("");
        setReason("");
        changed();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <article class={`flag ${flag.state}`} aria-label={flag.key}>
      <div class="head">
        <h2>
          {flag.state === "killed" ? <span aria-hidden="true">▲ </span> : null}
          {flag.key}
        </h2>
        <span class="quiet">
          {flag.app} · {STATES[flag.state]}
          {flag.changed_at && flag.state !== "configured" ? ` by ${flag.changed_by} at ${at(flag.changed_at, clock)}` : ""}
        </span>
      </div>
      {flag.description ? <p class="quiet">{flag.description}</p> : null}
      <p class="reach">{flag.reach}</p>
      {flag.reason ? <p class="quiet">Reason: {flag.reason}</p> : null}
      <p class="act">
        {isAsking ? (
          <>
            <input
              aria-label={`Reason to kill ${flag.key}`}
              placeholder="Reason, shown to others"
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
            <button type="button" class="danger" onClick={() => act("kill")}>
              Give everybody {flag.kill}
            </button>
            <button type="button" class="more" onClick={() => setIsAsking(false)}>
              Cancel
            </button>
          </>
        ) : flag.state === "killed" ? (
          <button type="button" onClick={() => act("restore")}>
            Restore {flag.key}
          </button>
        ) : (
          <>
            <button type="button" class="danger" onClick={() => setIsAsking(true)}>
              Kill {flag.key}
            </button>
            {flag.state === "set" ? (
              <button type="button" class="more" onClick={() => act("restore")}>
                Restore the configured rules
              </button>
            ) : null}
          </>
        )}
        {problem ? (
          <span class="error" role="alert">
            {problem}
          </span>
        ) : null}
      </p>
    </article>
  );
}
