// Runs a journey or check now, in addition to its slots (`leadline trigger` does the same), and shows the outcome.
import { useEffect, useState } from "preact/hooks";
import { runNow } from "../server";
import { count } from "../words";

interface Wanted {
  app: string;
  monitor: "journey" | "check";
  name: string;
  cohort: string | null;
}

/** `latest` is when it ran last: once that changes, the request is done and its text disappears. */
export function RunNow({ wanted: { app, monitor, name, cohort }, latest }: { wanted: Wanted; latest: string | null }) {
  const [said, setSaid] = useState("");
  const [isRefused, setIsRefused] = useState(false);
  useEffect(() => setSaid(""), [latest]);
  const ask = () => {
    setIsRefused(false);
    setSaid("Asking ...");
    runNow({ app, monitor, name, cohort }).then(
      (asked) =>
        setSaid(
          asked.scheduler === "running"
            ? `Runs now (${count(asked.runs ?? 0)}): the result will show here.`
            : "The scheduler is not running: it runs this if it starts within ten minutes.",
        ),
      (error: Error) => {
        setIsRefused(true);
        setSaid(error.message);
      },
    );
  };
  const whose = cohort ? ` as ${cohort}` : "";
  return (
    <>
      <button type="button" class="more ask" aria-label={`Run ${app} ${name}${whose} now`} onClick={ask}>
        Run
      </button>
      {said ? (
        <p class={isRefused ? "said error" : "said quiet"} role={isRefused ? "alert" : "status"}>
          {said}
        </p>
      ) : null}
    </>
  );
}
