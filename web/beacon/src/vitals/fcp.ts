/** First Contentful Paint (https://web.dev/articles/fcp). */

import { onFCP } from "web-vitals";
import { watch } from "./report";

export const watchFcp = (): void => watch(onFCP, "fcp_ms", () => ({}));
