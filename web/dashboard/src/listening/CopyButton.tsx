// Copies a text. If the browser offers no clipboard (http other than localhost), it selects the text instead.
import { useEffect, useState } from "preact/hooks";

const SAID_FOR_MS = 2000;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (event: MouseEvent) => {
    const beside = (event.currentTarget as HTMLElement).parentElement?.querySelector("pre");
    const select = () => {
      if (beside) getSelection()?.selectAllChildren(beside);
      setSaid("Selected");
    };
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(text).then(() => setSaid("Copied"), select);
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy: ${what}`} aria-live="polite">
      {said || "Copy"}
    </button>
  );
}
