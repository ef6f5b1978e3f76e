// Alternative texts as tabs, by the ARIA practice: arrows move between them, only one is in the tab order.
import { useRef, useState } from "preact/hooks";
import { CopyButton } from "./CopyButton";

interface Entry {
  name: string;
  where: string;
  text: string;
}

export function Tabs({ name, entries }: { name: string; entries: Entry[] }) {
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (chosen + step + entries.length) % entries.length;
    setChosen(next);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  const entry = entries[chosen];
  const id = name.replace(/\W/g, "-").toLowerCase();
  return (
    <div class="tabs">
      <div role="tablist" aria-label={name} ref={list} onKeyDown={move}>
        {entries.map((each, index) => (
          <button
            type="button"
            role="tab"
            key={each.name}
            id={`${id}-${index}`}
            aria-selected={index === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={index === chosen ? 0 : -1}
            onClick={() => setChosen(index)}
          >
            {each.name}
          </button>
        ))}
      </div>
      {entry ? (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
          <p class="quiet">{entry.where}:</p>
          <div class="copied">
            <pre>{entry.text}</pre>
            <CopyButton text={entry.text} what={`${entry.name}`} />
          </div>
        </div>
      ) : null}
    </div>
  );
}
