// The verdict on an app's canary in one line: the word, and the sentence that the command and *Versions* say too.
import type { Verdict } from "../model";
import { linkTo } from "../route";
import { askStanding } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { ORDERS, TONES } from "../versions/orders";

const SIGNS: Record<string, string> = { good: "●", bad: "▲", unsure: "○" };

export function Standing({ app, clock }: { app: string; clock: number }) {
  const minute = Math.floor(clock / 60_000); // a verdict changes once a minute
  const verdict = useAnswer<Verdict>(() => askStanding(app), [app, minute]).value;
  if (verdict === null) return null;
  const tone = TONES[verdict.verdict];
  const lead = `${ORDERS[verdict.verdict]} ${verdict.service_version}`;
  const rest = verdict.sentence.startsWith(lead) ? verdict.sentence.slice(lead.length) : `: ${verdict.sentence}`;
  return (
    <p class={`standing ${tone}`}>
      <a href={linkTo("versions", { app })}>
        <span aria-hidden="true">{SIGNS[tone]}</span> {lead}
      </a>
      {rest}
    </p>
  );
}
