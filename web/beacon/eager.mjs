// Says which functions a load runs, so that Chromium compiles just these beside the download and off the main thread: it takes a
// function in parentheses for one that is called at once (https://v8.dev/blog/preparser#pife). All of them compiled at once
// cost a page 20 kB that nobody uses, none of them twice the time (bench/beacon/). Others take the parentheses for nothing.
import { parse } from "acorn";

// What waits for an error, an event, a failed request, an answer or the page's end; with all that stands in it.
const LATE = new RegExp(
  "^(debug|escape|setStopped|note|isOwn|stop|ways|lose|handOver|send|pack|conclude|retry|said|annotate|scrubText|fits|adopt|turnTo|surroundings|append|viewAt|tag" +
    "|recordError|recordThrown|recordEvent|followAnswer|followRequest|beginRequest|(window|XMLHttpRequest|history)\\b.*|whenPainted|_add|softView" +
    "|error|unhandledrejection|securitypolicyviolation|consent|addScript|replay)$",
);
// Calls whose function waits.
const WAITING = /^(listen|onRestore|onHidden|whenPainted|findIndex|find)$/;

const isFunction = ({ type }) => /Function/.test(type);

/** Every function expression of a script in the order of its start: `[start, end, isLate]`. */
const functionsOf = (text) => {
  const found = [];
  const walk = (node, isLate, isWaiting, isMethod) => {
    const { type, id, key, left, callee, method, kind } = node;
    // In parentheses already.
    if (callee && isFunction(callee)) callee.isCalled = true;
    const named = { VariableDeclarator: id, Property: key, AssignmentExpression: left }[type];
    if (named) isLate ||= LATE.test(text.slice(named.start, named.end));
    if (isFunction(node)) {
      isLate ||= isWaiting;
      if (!isMethod) found.push([node.start, node.end, isLate || node.isCalled]);
    }
    const isCall = type === "CallExpression" && WAITING.test((callee.property || callee).name);
    const hasMethod = method || kind === "get" || kind === "set";
    for (const part of Object.values(node)) {
      for (const each of Array.isArray(part) ? part : [part]) if (each?.type) walk(each, isLate, isCall, hasMethod);
    }
  };
  walk(parse(text, { ecmaVersion: 2022 }), false, false, false);
  return found.sort(([one], [other]) => one - other);
};

/** `named`: the same script with the names of its source. */
export const hint = (text, named) => {
  const functions = functionsOf(text);
  const known = functionsOf(named);
  if (functions.length !== known.length) throw new Error("shortening names has changed what functions there are");
  const marks = [];
  functions.forEach(([start, end], i) => {
    if (!known[i][2]) marks.push([start, "("], [end, ")"]);
  });
  marks.sort(([one], [other]) => other - one);
  for (const [at, mark] of marks) text = text.slice(0, at) + mark + text.slice(at);
  return text;
};
