/**
 * `b-more.js`: what some pages want and all would pay for. Fetched in idle time where `data-more` asks for it; adds to the
 * views that `b.js` keeps and sends nothing itself.
 */

import { safely } from "../guard";
import { configure } from "../settings";
import type { Leadline } from "../start";
import { watchClicks } from "./clicks";
import { nameCrashes } from "./crashes";
import { watchFrames } from "./frames";
import { watchMarks } from "./marks";
import { watchAnswers } from "./answers";
import { watchResources } from "./resources";
import { keepOffline } from "./spool";
import { nameTimings } from "./timings";
import { carryTrace } from "./trace";

const { leadline } = window as unknown as { leadline?: Partial<Leadline> };
const inside = leadline?.inside;

// Before b.js there is nothing, or what the early snippet left.
if (inside) {
  configure(inside[0]);
  const parts = [watchAnswers, carryTrace, watchResources, watchFrames, watchClicks, watchMarks, keepOffline, nameCrashes, nameTimings];
  for (const begin of parts) {
    safely(begin)(inside);
  }
}
