// Loaded into Playwright's driver before its own code (leadline_probes/driver_tap.py says why). It stands between the
// driver and Chromium's pipe, and lets requests that marking holds go on at once, marked: without it each waits for a
// way through the driver to Python and back. It knows the protocol's `Fetch` domain and nothing of Playwright; whatever
// it does not know passes unchanged, and Python does it.
"use strict";

const childProcess = require("node:child_process");
const { randomBytes } = require("node:crypto");

// Our own messages' ids: far above those that a driver reaches, and within 32 bits.
const FIRST_ID = 2 ** 30;
const PAUSED = Buffer.from('{"method":"Fetch.requestPaused"');
const ANSWER = Buffer.from('{"id":1');
const MESSAGE_END = Buffer.from("\0");

// As the driver writes what turns the holding of requests on and off.
const FETCH = /^\{"id":\d+,"method":"Fetch\.(en|dis)able"/;

function startsWith(message, beginning) {
  return message.length > beginning.length && message.subarray(0, beginning.length).equals(beginning);
}

/** The request's headers with the marks, as `Marks.complete` (marks.py) makes them. */
function complete(headers, marks) {
  const added = { ...marks.headers };
  const own = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (!own.has("traceparent")) added.traceparent = `00-${marks.traceId}-${randomBytes(8).toString("hex")}-01`;
  if (own.has("baggage")) added.baggage = `${own.get("baggage")},${added.baggage}`;
  const replaced = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return [...kept, ...Object.entries(added)].map(([name, value]) => ({ name, value }));
}

class Tap {
  constructor(send) {
    this._send = send;
    this._marks = new Map(); // by session
    this._lastId = FIRST_ID;
    this._held = []; // the pieces of a message that has not come whole yet
  }

  /** What the driver tells the browser. */
  hear(text) {
    if (typeof text !== "string" || !FETCH.test(text)) return;
    const { params, sessionId } = JSON.parse(text);
    if (params?.leadline) this._marks.set(sessionId, params.leadline);
    else this._marks.delete(sessionId);
  }

  /** Of what the browser tells, what the driver is to read: whole messages. */
  read(chunk) {
    const kept = [];
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      let message = chunk.subarray(start, end + 1);
      if (this._held.length > 0) {
        message = Buffer.concat([...this._held, message]);
        this._held = [];
      }
      const said = this._look(message);
      if (said !== null) kept.push(said);
      start = end + 1;
    }
    if (start < chunk.length) this._held.push(chunk.subarray(start));
    return kept.length === 1 ? kept[0] : Buffer.concat(kept);
  }

  _look(message) {
    if (startsWith(message, PAUSED)) return this._letGo(message);
    return startsWith(message, ANSWER) && this._isOurs(message) ? null : message;
  }

  _isOurs(message) {
    const id = Number.parseInt(message.toString("latin1", 6, 20), 10);
    return id > FIRST_ID && id <= this._lastId;
  }

  /** A held request to an own origin is marked and goes on; its answer goes on and is told to Python. */
  _letGo(message) {
    if (this._marks.size === 0) return message;
    const told = JSON.parse(message.toString("utf8", 0, message.length - 1));
    const { params, sessionId } = told;
    const marks = this._marks.get(sessionId);
    if (marks === undefined || !marks.origins.some((origin) => params.request.url.startsWith(`${origin}/`))) return message;
    const isAnswer = "responseStatusCode" in params || "responseErrorReason" in params;
    const goOn = { requestId: params.requestId };
    if (!isAnswer) goOn.headers = complete(params.request.headers, marks);
    this._send(JSON.stringify({ id: ++this._lastId, method: "Fetch.continueRequest", params: goOn, sessionId }));
    if (!isAnswer) return null;
    params.leadlineLetGo = true;
    return Buffer.concat([Buffer.from(JSON.stringify(told)), MESSAGE_END]);
  }
}

/** Puts a tap on the pipe of a browser that the driver has started: it writes to 3 and reads from 4. */
function tap(browser) {
  const [, , , toBrowser, fromBrowser] = browser.stdio;
  const write = toBrowser.write.bind(toBrowser);
  const listen = fromBrowser.on.bind(fromBrowser);
  const between = new Tap((text) => {
    write(text);
    write("\0");
  });
  toBrowser.write = (data, ...rest) => {
    between.hear(data);
    return write(data, ...rest);
  };
  fromBrowser.on = (event, listener) => {
    if (event !== "data") return listen(event, listener);
    return listen(event, (chunk) => {
      const whole = between.read(chunk);
      if (whole.length > 0) listener(whole);
    });
  };
}

const spawn = childProcess.spawn;
childProcess.spawn = function (command, options, ...rest) {
  const child = spawn.call(this, command, options, ...rest);
  if (Array.isArray(options) && options.includes("--remote-debugging-pipe") && child.stdio[3] && child.stdio[4]) tap(child);
  return child;
};

module.exports = { Tap };
