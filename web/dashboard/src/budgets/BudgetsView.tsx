// How much of each error budget is left, its course in the window, how fast it burns, and which version spent it.
import type { Budget } from "../model";
import { askBudgets } from "../server";
import { Empty, Lost } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { at, count, percent, span } from "../words";
import { Course } from "./Course";

const STATES: Record<Budget["state"], { shape: string; word: string }> = {
  ok: { shape: "●", word: "within its budget" },
  warning: { shape: "◐", word: "burns too fast" },
  critical: { shape: "▲", word: "burns much too fast" },
  spent: { shape: "▲", word: "is spent" },
  no_data: { shape: "○", word: "no data" },
};

export function BudgetsView({ clock, turn }: { clock: number; turn: number }) {
  const answer = useAnswer<Budget[]>(askBudgets, [turn]);
  const budgets = answer.value;
  return (
    <main class="budgets">
      <h1>{sentence(budgets)}</h1>
      {answer.lostAt !== null ? <Lost since={at(new Date(answer.lostAt).toISOString(), clock)} reason={answer.reason} /> : null}
      {budgets !== null && budgets.length === 0 ? (
        <Empty title="No objective yet">
          <p>An objective sets the share of events that must be good. The rest is its error budget; if it burns too fast, somebody is paged.</p>
          <pre>{'[[slo]]\nname = "errors"\napp = "shop"\nindicator = "errors"\nobjective = 0.995'}</pre>
        </Empty>
      ) : null}
      {budgets?.map((budget) => <BudgetCard key={`${budget.app}/${budget.name}`} budget={budget} clock={clock} />)}
    </main>
  );
}

function sentence(budgets: Budget[] | null): string {
  if (budgets === null) return "Budgets";
  const burning = budgets.filter((one) => one.state === "critical" || one.state === "warning" || one.state === "spent");
  if (burning.length > 0) return `${burning.map((one) => `${one.app} ${one.name}`).join(", ")}: ${STATES[burning[0]!.state].word}.`;
  const silent = budgets.filter((one) => one.state === "no_data").length;
  if (budgets.length === 0) return "Budgets";
  return silent > 0 ? `${silent} of ${budgets.length} objectives have no data.` : `All ${budgets.length} objectives are within their budgets.`;
}

function BudgetCard({ budget, clock }: { budget: Budget; clock: number }) {
  const state = STATES[budget.state];
  const left = budget.left_ratio;
  return (
    <article class={`budget-card ${budget.state}`} aria-label={`${budget.app} ${budget.name}`}>
      <div class="head">
        <h2>
          <span aria-hidden="true">{state.shape}</span> {budget.app} {budget.name}
        </h2>
        <span class="quiet">
          {percent(budget.objective, 2)} of {budget.indicator} · {at(budget.since, clock)} to {at(budget.until, clock)}
        </span>
      </div>
      <p class="left">
        {left === null ? (
          "No data: nothing was counted in this window."
        ) : (
          <>
            <b>{left < 0 ? "0 %" : percent(left, 1)}</b> left, {state.word}
            {left < 0 ? `, ${percent(-left)} over budget` : ""}
          </>
        )}
      </p>
      <Course points={budget.points} since={budget.since} until={budget.until} now={clock} />
      <p class="quiet">
        {count(Math.round(budget.bad))} of {count(Math.round(budget.valid))} bad, {budget.allowed_bad.toFixed(1)} allowed
        {budget.burn_rate === null ? "" : ` · ${budget.burn_rate.toFixed(1)} times its rate in ${span(budget.burn_window_s)}`}
        {budget.spent_at !== null && Date.parse(budget.spent_at) > clock
          ? ` · spent in ${span((Date.parse(budget.spent_at) - clock) / 1000)} at this rate`
          : ""}
      </p>
      {budget.spent_by.length > 0 ? (
        <p>
          Spent by{" "}
          {budget.spent_by.map((one) => `${one.service_version} (${percent(one.ratio)}, ${count(Math.round(one.bad))} of ${count(Math.round(one.valid))})`).join(", ")}
        </p>
      ) : null}
    </article>
  );
}
