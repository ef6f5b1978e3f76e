// DORA's four keys of one app, each with the number behind it and how it is counted.
import type { Delivery } from "../model";
import { askDelivery } from "../server";
import { useAnswer } from "../shared/useAnswer";
import { count, percent, span } from "../words";

export function DeliverySection({ app, clock }: { app: string; clock: number }) {
  const answer = useAnswer<Delivery>(() => askDelivery(app), [app, Math.floor(clock / 10_000)]);
  const delivery = answer.value;
  if (delivery === null) return answer.lostAt === null ? null : <p class="quiet">Delivery of {app}: {answer.reason}</p>;
  return (
    <section class="delivery" aria-label={`Delivery of ${app}`}>
      <h2>Delivery of {app}, last 30 days</h2>
      {delivery.deployments === 0 ? (
        <>
          <p>No deployment was marked. Let the pipeline say when it deploys:</p>
          <pre>leadline deploy mark --app {app} --version 1.5.0</pre>
        </>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={`DORA's four keys of ${app}`}>
          <table>
            <tbody>
              {rowsOf(delivery).map(([name, figure, n, how]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <b>{figure}</b> <span class="quiet">{n}</span>
                  </td>
                  <td class="wide quiet">{how}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function rowsOf(one: Delivery): [string, string, string, string][] {
  const spanOf = (seconds: number | null) => (seconds === null ? "no data" : span(seconds));
  return [
    ["Deployments", perTime(one.deployments_per_day), `n ${count(one.deployments)}`, one.how.deployments_per_day],
    ["Lead time for changes", spanOf(one.lead_time_s), `n ${count(one.n_lead_times)}`, one.how.lead_time_s],
    [
      "Change failure share",
      one.change_failure_ratio === null ? "no data" : percent(one.change_failure_ratio, 1),
      `${count(one.n_failed_deployments)} of ${count(one.deployments)}`,
      one.how.change_failure_ratio,
    ],
    ["Recovery time", spanOf(one.recovery_time_s), `n ${count(one.n_recoveries)}`, one.how.recovery_time_s],
  ];
}

/** `2.0 a day`, or `1.4 a week` where a day's figure would be below one. */
function perTime(perDay: number | null): string {
  if (perDay === null) return "no data";
  return perDay >= 1 ? `${perDay.toFixed(1)} a day` : `${(perDay * 7).toFixed(1)} a week`;
}
