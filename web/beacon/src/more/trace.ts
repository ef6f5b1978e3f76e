/**
 * Sends `traceparent` (https://www.w3.org/TR/trace-context/) with requests to the page's own origin, so that a slow view leads to
 * its server spans. Other origins would need a preflight, and are left alone.
 */

const random = (bytes: number): string => {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) text += (byte + 256).toString(16).slice(1);
  return text;
};

const isOwnOrigin = (address: unknown): boolean => {
  try {
    return new URL(String(address), document.baseURI).origin === location.origin;
  } catch {
    return false;
  }
};

const newParent = (): string => `00-${random(16)}-${random(8)}-01`;

export const carryTrace = (): void => {
  const fetchNow = window.fetch;
  window.fetch = function (this: unknown, input, init) {
    const isRequest = typeof Request === "function" && input instanceof Request;
    if (!isRequest && isOwnOrigin(input)) {
      const headers = new Headers(init?.headers);
      if (!headers.has("traceparent")) headers.set("traceparent", newParent());
      init = { ...init, headers };
    }
    return fetchNow.call(this as Window, input, init);
  };
  const { open, send } = XMLHttpRequest.prototype;
  const own = new WeakSet<XMLHttpRequest>();
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...given: unknown[]) {
    if (isOwnOrigin(given[1])) own.add(this);
    else own.delete(this);
    return open.apply(this, given as Parameters<typeof open>);
  } as typeof open;
  XMLHttpRequest.prototype.send = function (body) {
    try {
      if (own.has(this)) this.setRequestHeader("traceparent", newParent());
    } catch {
      // not open: `send` says so itself
    }
    return send.call(this, body);
  };
};
