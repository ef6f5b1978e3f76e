// The token of an operator: asked for when somebody acts, sent as Bearer, and held in this tab's memory alone.
// A login that the browser keeps (Basic) would let any page of the same origin act; so it may only look.
export interface Question {
  /** Why the last attempt was refused; empty at the first one. */
  refused: string;
  answer: (token: string | null) => void;
}

let token = "";
let question: Question | null = null;
let waiting: Promise<boolean> | null = null;
let tell: () => void = () => undefined;

/**
 * Without the browser's login: Chromium forgets it at a 401, here of a mistyped token, and the page could look no more.
 * `withCookies` where a proxy in front wants its own: then there is no way around it.
 */
export const withToken = (headers: Record<string, string>, withCookies: boolean): RequestInit =>
  token ? { headers: { ...headers, Authorization: `Bearer ${token}` }, credentials: withCookies ? "same-origin" : "omit" } : { headers };

export const hasToken = (): boolean => token !== "";

/** A header takes no other characters; a token that is pasted with something else is not sent. */
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

/** Asks once for all that wait. False where the person cancels. */
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
