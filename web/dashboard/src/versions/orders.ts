// What a verdict asks for, in a word, and its tone.
import type { Verdict } from "../model";

export const ORDERS: Record<Verdict["verdict"], string> = {
  promote: "Promote",
  rollback: "Roll back",
  pause: "Pause",
  inconclusive: "Hold",
  no_data: "Hold",
};
export const TONES: Record<Verdict["verdict"], string> = { promote: "good", rollback: "bad", pause: "bad", inconclusive: "unsure", no_data: "unsure" };
