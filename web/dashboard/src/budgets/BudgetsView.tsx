// How much of each error budget is left, its course in the window, how fast it burns, and which version spent it.
import type { Budget, Mark } from "../model";
import { askBudgets, askMarks } from "../server";
import { AnswerState, Empty } from "../shared/Page";
import { useAnswer } from "../shared/useAnswer";
import { at, count, percent, span } from "../words";
import { Course } from "./Course";

const STATES: Record<Budget["state"], { shape: string; word: string }> = {
  ok: { shape: "●", word: "within its budget" },
  warning: { shape: "◐", word: "burns too fast" },
  critical: { shape: "▲", word: "burns much too fast" },
  spent: { shape: "▲", word: "spent" },
  no_data: { shape: "○", word: "no data" },
};

export function BudgetsView({ clock, turn }: { clock: number; turn: number }) {
  const answer = useAnswer<Budget[]>(askBudgets, [turn]);
  const budgets = answer.value;
  const marks = useAnswer<Mark[]>(() => askMarks(undefined, "90d"), [Math.floor(clock / 10_000)]).value;
  return (
    <main class="budgets">
      <h1>{sentence(budgets)}</h1>
      <AnswerState answer={answer} what="budgets" clock={clock} />
      {budgets !== null && budgets.length === 0 ? (
        <Empty title="No objective yet">
          <p>An objective sets the share of events that must be good. The rest is its error budget; if it burns too fast, somebody is paged.</p>
          <pre>{'[[slo]]\nname = "errors"\napp = "shop"\nindicator = "errors"\nobjective = 0.995'}</pre>
        </Empty>
      ) : null}
      {budgets?.map((budget) => <BudgetCard key={`${budget.app}/${budget.name}`} budget={budget} marks={(marks ?? []).filter((one) => one.app === budget.app)} clock={clock} />)}
    </main>
  );
}

function sentence(budgets: Budget[] | null): string {
  if (budgets === null) return "Budgets";
  const burning = budgets.filter((one) => one.state === "critical" || one.state === "warning" || one.state === "spent");
  if (burning.length > 0) return `${burning.map(trouble).join("; ")}.`;
  const silent = budgets.filter((one) => one.state === "no_data").length;
  if (budgets.length === 0) return "Budgets";
  if (silent > 0) return `${silent} of ${budgets.length} objectives ${silent === 1 ? "has" : "have"} no data.`;
  return budgets.length === 1 ? "The objective is within its budget." : `All ${budgets.length} objectives are within their budgets.`;
}

/** `shop errors is spent`, `shop fast burns too fast`. */
function trouble(one: Budget): string {
  const word = one.state === "spent" || (one.left_ratio ?? 1) <= 0 ? "is spent" : STATES[one.state].word;
  return `${one.app} ${one.name} ${word}`;
}

/** `99.00 % of page views without an error`: what the objective promises, in words. */
function promise(budget: Budget): string {
  const [kind = "", name = ""] = budget.indicator.split(/:(.*)/s);
  const good: Record<string, string> = {
    errors: "page views without an error",
    vital: `page views with ${name}`,
    kpi: `sessions with ${name}`,
    journey: `runs of journey ${name} pass`,
    check: `runs of check ${name} pass`,
  };
  return `${percent(budget.objective, 2)} of ${good[kind] ?? budget.indicator}`;
}

function BudgetCard({ budget, marks, clock }: { budget: Budget; marks: Mark[]; clock: number }) {
  const state = STATES[budget.state];
  const left = budget.left_ratio;
  return (
    <article class={`budget-card ${budget.state}`} aria-label={`${budget.app} ${budget.name}`}>
      <div class="head">
        <h2>
          <span aria-hidden="true">{state.shape}</span> {budget.app} {budget.name}
        </h2>
        <span class="quiet">
          {promise(budget)} · {at(budget.since, clock)} to {at(budget.until, clock)}
        </span>
      </div>
      <p class="left">
        {left === null ? (
          "No data: nothing was counted in this window."
        ) : (
          <>
            <b>{left < 0 ? "0 %" : percent(left, 1)}</b> left, {left < 0 ? `${percent(-left)} over budget, ` : ""}
            {state.word}
          </>
        )}
      </p>
      <Course points={budget.points} since={budget.since} until={budget.until} now={clock} marks={marks} />
      <p class="quiet">
        {count(Math.round(budget.bad))} of {count(Math.round(budget.valid))} bad, {budget.allowed_bad.toFixed(1)} allowed
        {budget.burn_rate === null ? "" : ` · in the last ${span(budget.burn_window_s)} it burned ${budget.burn_rate.toFixed(1)} times as fast as it may`}
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
