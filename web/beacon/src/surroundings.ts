/** What the view was seen with: coarse classes only, nothing that tells one person from another. */

import { navigationEntry } from "./navigation";
import type { Beacon } from "./wire";

type Surroundings = Pick<
  Beacon,
  "synthetic" | "effective_connection_type" | "device_memory_gb" | "cpu_tier" | "viewport" | "referrer_origin"
>;

let known: Surroundings | undefined;

// The widths at which most style sheets change their layout.
const widthClass = (): string => (screen.width < 600 ? "small" : screen.width < 1200 ? "medium" : "large");

const originOf = (address: string): string | undefined => /^\w+:\/\/[^/]+/.exec(address)?.[0];

export const surroundings = (): Surroundings =>
  (known ||= {
    // Our own browsers are launched with this in their agent (leadline/wire/synthetic.py).
    synthetic: navigator.userAgent.indexOf("LeadlineSynthetic/") < 0 ? undefined : "test",
    effective_connection_type: navigator.connection?.effectiveType,
    device_memory_gb: navigator.deviceMemory,
    cpu_tier: navigator.cpuPerformance,
    // `screen` and not `innerWidth`, which makes Chromium lay the page out.
    viewport: widthClass(),
    referrer_origin: originOf(document.referrer),
  });

/** What only the load has: how sure the browser is of its timings, and where the document came from. */
export const describeLoad = (): NonNullable<Beacon["attributes"]> => {
  const entry = navigationEntry();
  const attributes: NonNullable<Beacon["attributes"]> = {};
  if (entry?.confidence) attributes.navigation_confidence = entry.confidence.value;
  if (entry?.deliveryType) attributes.delivery_type = entry.deliveryType;
  return attributes;
};
