// Keeps the last good answer on screen while a new one is on its way, and says since when there is none.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Answer<T> {
  value: T | null;
  lostAt: number | null;
  reason: string;
  again: () => void;
}

export function useAnswer<T>(ask: () => Promise<T>, keys: readonly unknown[]): Answer<T> {
  const [value, setValue] = useState<T | null>(null);
  const [lost, setLost] = useState<{ at: number; reason: string } | null>(null);
  const latest = useRef(0);
  const shown = useRef(0);
  const again = useCallback(() => {
    const turn = ++latest.current;
    ask().then(
      (answer) => {
        // A slow answer is shown if no later one is on screen: waiting for the latest could take for ever.
        if (turn < shown.current) return;
        shown.current = turn;
        setValue(answer);
        setLost(null);
      },
      (error: unknown) => {
        if (turn !== latest.current) return;
        const reason = error instanceof Error ? error.message : String(error);
        setLost((before) => ({ at: before?.at ?? Date.now(), reason }));
      },
    );
  }, keys);
  useEffect(again, [again]);
  return { value, lostAt: lost?.at ?? null, reason: lost?.reason ?? "", again };
}
