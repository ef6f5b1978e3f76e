/** One name for all occurrences of one error, in every version: the type, the message without its numbers, and where. */

// FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
const hash = (text: string): string => {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return (sum >>> 0).toString(36);
};

// The first frame's function: `at pay (https://…` in Chromium, `pay@https://…` in Firefox and Safari. Its line and file
// change with every build, so they are no part of the name.
const FRAME = /^\s*at (?:async )?([^\s(]+) \(|^([^@\n]*)@/m;

export const fingerprint = (type: string, message: string, stack: string | undefined): string => {
  const [, chromium, others] = (stack && FRAME.exec(stack)) || [];
  return hash([type, message.replace(/\d+/g, "0"), chromium || others || ""].join("\n"));
};
