// The stage of each release, its verdict and actions, and the abort: one click asks for a reason, the second one acts.
import { useState } from "preact/hooks";
import type { Release, ReleaseAction } from "../model";
import { abortRelease, askReleases } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { ago, at } from "../words";
import { DeliverySection } from "./DeliverySection";

const DEEDS: Record<ReleaseAction["state"], string> = {
  would_have: "would have run, nothing was done",
  executing: "is being run",
  executed: "was run; not yet verified",
  verified: "was run, and users are off the canary",
  failed: "failed",
};
const TROUBLED = new Set<Release["state"]>(["aborted", "not_seen", "fallen_back", "failed"]);
const CAUSES: Record<string, string> = { verdict: "by the verdict", fallback: "instead of the failed hook", hand: "by order", release: "by the release" };

export function ReleasesView({ apps, clock, turn }: { apps: string[]; clock: number; turn: number }) {
  const answer = useAnswer<Release[]>(askReleases, [turn]);
  const releases = answer.value;
  return (
    <main class="releases">
      <h1>Releases</h1>
      <AnswerState answer={answer} what="releases" clock={clock} />
      {releases !== null && releases.length === 0 ? (
        <Empty title="No gate yet">
          <p>A gate says how a canary is opened step by step, how it is judged, and which hooks roll it back.</p>
          <pre>{'[[gate]]\napp = "shop"\nexposure = "new-checkout"\nstages = [{ share = 0.01 }, { share = 1.0 }]\non_rollback = ["kill-new-checkout"]'}</pre>
        </Empty>
      ) : null}
      {releases?.map((release) => <ReleaseCard key={release.app} release={release} clock={clock} changed={answer.again} />)}
      {apps.map((app) => (
        <DeliverySection key={app} app={app} clock={clock} />
      ))}
    </main>
  );
}

function ReleaseCard({ release, clock, changed }: { release: Release; clock: number; changed: () => void }) {
  const bad = TROUBLED.has(release.state) || release.verdict === "rollback" || release.verdict === "pause";
  return (
    <article class={`release ${bad ? "bad" : release.state}`} aria-label={release.app}>
      <div class="head">
        <h2>
          {bad ? <span aria-hidden="true">▲ </span> : null}
          {release.app}
        </h2>
        <span class="quiet">{standing(release, clock)}</span>
      </div>
      <Share release={release} clock={clock} />
      {release.sentence && release.decided_at ? (
        <p>
          {release.sentence} <span class="quiet">{ago(release.decided_at, clock)}</span>
        </p>
      ) : (
        <p class="quiet">There is no verdict yet.</p>
      )}
      <p class="quiet">
        {release.waits ? null : <>Next: {release.next}. </>}
        {release.armed ? "Armed: Leadline rolls back and begins stages by itself." : "Not armed: Leadline only reports a rollback, and a person begins each stage."}
      </p>
      {release.refused ? <p class="problem">▲ No stage begins by itself: {release.refused}</p> : null}
      <Hooks release={release} clock={clock} />
      <Deeds release={release} clock={clock} />
      <Abort release={release} changed={changed} />
    </article>
  );
}

/** Of a release that no flag exposes: what to set now, or since when new sessions show the stage's share. */
function Share({ release, clock }: { release: Release; clock: number }) {
  if (release.waits || release.to_do)
    return (
      <p class={release.state === "waiting" ? "" : "problem"} role="status">
        {release.to_do ? <b>Now you: {release.to_do}. </b> : null}
        {release.waits}
      </p>
    );
  if (!release.seen_at || !release.seen) return null;
  return (
    <p class="quiet">
      Bakes since {at(release.seen_at, clock)}: {release.seen}
    </p>
  );
}

function standing(release: Release, clock: number): string {
  const by = release.exposed_by === "hand" ? " · by hand" : release.exposure ? ` · exposed by ${release.exposure}` : "";
  if (release.stage !== null && release.started_at && release.since)
    return `stage ${release.stage_number} of ${release.stages}, ${release.stage}, ${release.seen_at === null && release.exposed_by !== "flag" ? "asked for" : "since"} ${at(release.since, clock)} · began ${at(release.started_at, clock)}${by}`;
  if (release.state === "aborted") return `taken back${release.since ? ` at ${at(release.since, clock)}` : ""}${by}`;
  return `${release.state === "no_stage" ? "opened to something that is not a stage" : "no release is under way"}${by}`;
}

function Hooks({ release, clock }: { release: Release; clock: number }) {
  if (release.hooks.length === 0) return <p class="quiet">No hook rolls it back: on_rollback is empty.</p>;
  return (
    <>
      <h3>Hooks that roll back, in order</h3>
      <ol>
        {release.hooks.map((hook) => (
          <li key={hook.name}>
            {hook.name}
            {hook.last_drill_at ? <span class="quiet"> last worked {ago(hook.last_drill_at, clock)}</span> : null}
            {hook.drill_problem ? <span class="problem"> ▲ {hook.drill_problem}</span> : null}
          </li>
        ))}
      </ol>
    </>
  );
}

function Deeds({ release, clock }: { release: Release; clock: number }) {
  if (release.actions.length === 0) return null;
  return (
    <>
      <h3>What was done, or would have been</h3>
      <ul>
        {release.actions.map((action) => action.cause === "release" ? <StageDeed key={action.action_id} action={action} clock={clock} /> : (
          <li key={action.action_id} class={action.state}>
            {at(action.requested_at, clock)} <b>{action.hook}</b> {DEEDS[action.state]}
            <span class="quiet">
              , {CAUSES[action.cause] ?? action.cause}
              {action.cause === "hand" ? ` of ${action.requested_by}` : ""}
              {action.canary ? `, against ${action.canary}` : ""}
              {action.said ? `: ${action.said}` : ""}
            </span>
            {action.recovery ? (
              <>
                {" "}
                <b>{action.recovered_at ? `Recovered at ${at(action.recovered_at, clock)}` : "After it"}</b>
                <span class="quiet">: {action.recovery}</span>
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}

/** A stage that Leadline began, or that a person may begin: no hook, nothing to verify. */
function StageDeed({ action, clock }: { action: ReleaseAction; clock: number }) {
  return (
    <li class={action.state}>
      {at(action.requested_at, clock)} <b>{action.hook}</b> {stageDeed(action)}
      <span class="quiet">
        {action.canary ? `, with ${action.canary}` : ""}: {action.state === "would_have" ? action.reason : action.said}
      </span>
    </li>
  );
}

function stageDeed(action: ReleaseAction): string {
  if (action.state === "would_have") return "is ready; begin it with leadline release advance";
  if (action.state === "verified") return "has begun: new sessions show it";
  if (action.state === "failed") return "did not begin";
  if (action.state === "executing") return "is asked to open the stage";
  return action.said.startsWith("a person was asked") ? "waits for a person" : action.requested_by === "leadline" ? "began by itself" : "was asked to open the stage";
}

function Abort({ release, changed }: { release: Release; changed: () => void }) {
  const [isAsking, setIsAsking] = useState(false);
  const [isActing, setIsActing] = useState(false);
  const [reason, setReason] = useState("");
  const [said, setSaid] = useState({ text: "", isBad: false });
  // Without stages no release is ever "under way": there the hooks take back what a pipeline has deployed.
  // With stages and no release, a verdict says that a pipeline gave a canary to users by itself.
  const isOver = (release.state === "none" && release.stages > 0 && release.verdict === null) || release.state === "aborted";
  const hasNothing = release.exposed_by !== "flag" && release.stage === null && release.hooks.length === 0;
  if ((isOver && !isActing && !said.text) || hasNothing) return null;
  const act = () => {
    setIsAsking(false);
    setIsActing(true);
    setSaid({ text: "", isBad: false });
    abortRelease(release.app, reason)
      .then(
        (done) => {
          setReason("");
          const last = done.at(-1)?.state;
          const told = done.map((one) => `${one.did}: ${one.state === "asked" ? one.said : one.state}`);
          setSaid({ text: told.join(" · "), isBad: last === "failed" || last === "asked" });
        },
        (error: Error) => setSaid({ text: error.message, isBad: true }),
      )
      .finally(() => {
        setIsActing(false);
        changed();
      });
  };
  return (
    <p class="act">
      {isAsking ? (
        <>
          <input
            aria-label={`Reason to abort the release of ${release.app}`}
            placeholder="Reason, shown to others"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
          <button type="button" class="danger" onClick={act}>
            Roll the canary back
          </button>
          <button type="button" class="more" onClick={() => setIsAsking(false)}>
            Cancel
          </button>
        </>
      ) : isActing ? (
        <span role="status">Rolling back; waiting until users are off the canary…</span>
      ) : isOver && !said.isBad ? null : (
        <button type="button" class="danger" onClick={() => setIsAsking(true)}>
          Abort the release of {release.app}
        </button>
      )}
      {said.text ? (
        <span class={said.isBad ? "error" : "taken"} role={said.isBad ? "alert" : "status"}>
          {said.text}
        </span>
      ) : null}
    </p>
  );
}
