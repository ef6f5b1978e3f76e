/** First Contentful Paint (https://web.dev/articles/fcp). */

import { onFCP } from "web-vitals";
import { options, report } from "./report";

export const watchFcp = (): void => onFCP((metric) => report(metric, "fcp_ms", {}), options);
