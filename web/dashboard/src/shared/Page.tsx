// Parts of every view: the bar, the link back, and the text while data is missing or the connection is lost.
import type { ComponentChildren } from "preact";
import { linkTo, type Place } from "../route";
import { at } from "../words";
import type { Answer } from "./useAnswer";

export function Bar({ place }: { place: Place }) {
  const tab = (view: Place["view"], word: string) => (
    <a href={linkTo(view)} aria-current={place.view === view ? "page" : undefined}>
      {word}
    </a>
  );
  return (
    <header class="bar-top">
      <a class="brand" href={linkTo("now")}>
        <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M16 3v15M10 8h12M12 13h8" class="rope" />
          <path d="M16 18l5 6a5 5 0 1 1-10 0z" class="weight" />
        </svg>
        Leadline
      </a>
      <nav aria-label="Views">
        {tab("now", "Now")}
        {tab("versions", "Versions")}
        {tab("releases", "Releases")}
        {tab("incidents", "Incidents")}
        {tab("budgets", "Budgets")}
        {tab("flags", "Flags")}
      </nav>
    </header>
  );
}

export function Lost({ since, reason, isGone = false }: { since: string; reason: string; isGone?: boolean }) {
  return (
    <p class="lost" role="status">
      {isGone ? "No answer from Leadline" : "Nothing new"} since {since}: {reason}. What you see is from then; this page tries again by itself.
    </p>
  );
}

/** Said only where an answer takes longer than a person notices. */
export function Waiting({ what }: { what: string }) {
  return <p class="quiet late">Asking for {what} …</p>;
}

/** Above what an answer shows: that it takes long, or since when it is lost. */
export function AnswerState({ answer, what, clock }: { answer: Answer<unknown>; what: string; clock: number }) {
  if (answer.lostAt !== null) return <Lost since={at(new Date(answer.lostAt).toISOString(), clock)} reason={answer.reason} />;
  return answer.value === null ? <Waiting what={what} /> : null;
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
