// The token of an operator: asked for when somebody changes something, sent as Bearer, and kept only in this tab's memory.
// With a login kept by the browser (Basic), any page of the same origin could act; so that login may only read.
export interface Question {
  /** Why the last attempt was rejected; empty at the first one. */
  refused: string;
  answer: (token: string | null) => void;
}

let token = "";
let question: Question | null = null;
let waiting: Promise<boolean> | null = null;
let tell: () => void = () => undefined;

/**
 * Sent without the browser's login: Chromium forgets that at a 401 (a mistyped token), and the page could no longer read.
 * `withCookies` if a proxy in front needs its own cookies.
 */
export const withToken = (headers: Record<string, string>, withCookies: boolean): RequestInit =>
  token ? { headers: { ...headers, Authorization: `Bearer ${token}` }, credentials: withCookies ? "same-origin" : "omit" } : { headers };

export const hasToken = (): boolean => token !== "";

/** A header allows no other characters; a token with others is not sent. */
export const canBeSent = (given: string): boolean => /^[\x21-\x7e]+$/.test(given);

export const openQuestion = (): Question | null => question;

/** Calls `changed` when a token came or went, or a question opened or closed. */
export function watchOperator(changed: () => void): () => void {
  tell = changed;
  return () => {
    tell = () => undefined;
  };
}

export function forgetToken(): void {
  token = "";
  tell();
}

/** Asks once for all waiting requests. False if the person cancels. */
export function askForToken(message: string): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    const refused = hasToken() ? message : "";
    token = "";
    question = {
      refused,
      answer: (given) => {
        token = given ?? "";
        question = waiting = null;
        tell();
        resolve(given !== null);
      },
    };
    tell();
  });
  return waiting;
}
