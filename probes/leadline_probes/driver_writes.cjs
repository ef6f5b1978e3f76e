// Loaded into Playwright's driver before its own code (leadline_probes/driver_tap.py): it writes less often. The driver
// writes a message's end, or its length, by itself, and appends each event of a trace to its file as it comes: for one
// run more than a thousand calls of the system, each of which wakes a process or thread. Here what is written within
// one turn of the event loop goes out at once, and a trace stays in memory until it is kept.
"use strict";

const childProcess = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

// A trace of a long run goes to the disk in pieces of this size (characters).
const MOST_HELD = 4 * 2 ** 20;
const OF_TRACE = /\.(trace|network)$/;

/** From now on what is written to `stream` within one turn goes out in one piece, in its order. */
function gather(stream) {
  const write = stream.write.bind(stream);
  let pieces = [];
  const flush = () => {
    if (pieces.length === 0) return true;
    const whole = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces.map((one) => Buffer.from(one)));
    pieces = [];
    return write(whole);
  };
  stream.write = (data, ...rest) => {
    if (rest.length > 0) {
      flush();
      return write(data, ...rest);
    }
    if (pieces.push(data) === 1) process.nextTick(flush);
    return true;
  };
  const end = stream.end.bind(stream);
  stream.end = (...last) => {
    flush();
    return end(...last);
  };
  return flush;
}

/** What was appended to traces' files: in memory until one of them is copied, which is how keeping a trace begins; from
 * then on, and until the next one begins, on the disk at once. */
class HeldTraces {
  constructor(files) {
    this._append = files.appendFile;
    this._held = new Map(); // by file
    this._isKept = false;
  }

  async append(file, text) {
    const held = (this._held.get(file) ?? "") + text;
    if (held.length < MOST_HELD && !this._isKept) {
      this._held.set(file, held);
      return;
    }
    this._held.delete(file);
    await this._append(file, held);
  }

  /** To the disk: all that is held. Traces whose folder is gone were thrown away. */
  async flush({ isKept }) {
    this._isKept = isKept;
    for (const [file, text] of [...this._held]) {
      this._held.delete(file);
      if (fs.existsSync(path.dirname(file))) await this._append(file, text);
    }
  }
}

function holdTraces(files) {
  const { appendFile, copyFile, mkdir } = files;
  const traces = new HeldTraces(files);
  files.appendFile = (file, text, ...rest) =>
    typeof file === "string" && typeof text === "string" && rest.length === 0 && OF_TRACE.test(file)
      ? traces.append(file, text)
      : appendFile(file, text, ...rest);
  files.copyFile = async (from, ...rest) => {
    if (OF_TRACE.test(String(from))) await traces.flush({ isKept: true });
    return copyFile(from, ...rest);
  };
  // A new trace begins.
  files.mkdir = async (folder, ...rest) => {
    if (path.basename(String(folder)) === "resources") await traces.flush({ isKept: false });
    return mkdir(folder, ...rest);
  };
}

function start() {
  // The driver makes an error object for each message to the browser, in case that fails.
  Error.stackTraceLimit = 0;
  holdTraces(fs.promises);
  process.on("exit", gather(process.stdout));
  const spawn = childProcess.spawn;
  childProcess.spawn = function (command, options, ...rest) {
    const child = spawn.call(this, command, options, ...rest);
    if (Array.isArray(options) && options.includes("--remote-debugging-pipe") && child.stdio[3]) gather(child.stdio[3]);
    return child;
  };
}

if (process.argv.includes("run-driver")) start();

module.exports = { gather, HeldTraces, holdTraces };
