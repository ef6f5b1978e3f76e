// What is left of each error budget, in a few words, for the footer.
import type { Budget } from "../model";
import { linkTo } from "../route";
import { askBudgets } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { percent } from "../words";

const SHOWN = 3;

export function BudgetsLeft({ clock }: { clock: number }) {
  const budgets = useAnswer<Budget[]>(askBudgets, [Math.floor(clock / 10_000)]).value;
  if (budgets === null || budgets.length === 0) return null;
  const least = [...budgets].sort((one, other) => (one.left_ratio ?? 2) - (other.left_ratio ?? 2));
  return (
    <span>
      <a href={linkTo("budgets")}>error budget left</a>: {least.slice(0, SHOWN).map(say).join(", ")}
      {least.length > SHOWN ? ` and ${least.length - SHOWN} more` : ""}
    </span>
  );
}

const say = (budget: Budget): string =>
  `${budget.app} ${budget.name} ${budget.left_ratio === null ? "no data" : percent(Math.max(0, budget.left_ratio))}`;
