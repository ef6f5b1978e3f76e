// Asks for an operator's token when somebody changes something, shows while one is kept, and forgets it on a click.
import { useEffect, useRef, useState } from "preact/hooks";
import { canBeSent, forgetToken, hasToken, openQuestion, watchOperator, type Question } from "../operator";

export function Operator() {
  const [, setTurn] = useState(0);
  useEffect(() => watchOperator(() => setTurn((before) => before + 1)), []);
  const question = openQuestion();
  return (
    <>
      {hasToken() ? (
        <p class="operator" role="status">
          <span>You act with an operator's token. A reload forgets it.</span>
          <button type="button" class="more" onClick={forgetToken}>
            Forget the token
          </button>
        </p>
      ) : null}
      {question ? <Ask question={question} /> : null}
    </>
  );
}

function Ask({ question }: { question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [given, setGiven] = useState("");
  const [refused, setRefused] = useState(question.refused);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="operator-asks" onCancel={() => question.answer(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canBeSent(given.trim())) question.answer(given.trim());
          else setRefused("A token has no spaces and no special characters.");
        }}
      >
        <h2 id="operator-asks">This changes something</h2>
        <p>Your login may only read. Enter the token of an operator or an admin: it stays in this tab's memory until you reload, and is stored nowhere.</p>
        {refused ? (
          <p class="error" role="alert">
            {refused}
          </p>
        ) : null}
        <label>
          Token
          <input type="password" autocomplete="off" spellcheck={false} value={given} onInput={(event) => setGiven(event.currentTarget.value)} />
        </label>
        <p class="act">
          <button type="submit">Go on</button>
          <button type="button" class="more" onClick={() => question.answer(null)}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}
