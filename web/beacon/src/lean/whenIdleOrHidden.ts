/** In the next idle time, at the latest after a second or when the page is hidden. */
export const whenIdleOrHidden = (act: () => void): void => {
  if (document.visibilityState === "hidden") return act();
  let isDone = false;
  const once = (): void => {
    removeEventListener("visibilitychange", once, true);
    if (!isDone) act();
    isDone = true;
  };
  addEventListener("visibilitychange", once, true);
  (window.requestIdleCallback || setTimeout)(once, { timeout: 1000 } as IdleRequestOptions & number);
};
