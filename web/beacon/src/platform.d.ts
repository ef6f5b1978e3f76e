// What Chromium has and the DOM library's types do not yet name. Each is optional: other browsers lack it.

interface DeferredRequestInit extends RequestInit {
  activateAfter?: number;
}

interface Window {
  fetchLater?: (url: string, init: DeferredRequestInit) => { readonly activated: boolean };
  crashReport?: { initialize: (length: number) => Promise<void>; set: (key: string, value: string) => void };
}

interface Navigator {
  readonly connection?: { readonly effectiveType?: string };
  readonly deviceMemory?: number;
  readonly cpuPerformance?: number;
  readonly globalPrivacyControl?: boolean;
}

interface Performance {
  readonly interactionCount?: number;
}

interface PerformanceNavigationTiming {
  readonly navigationId?: number;
  readonly activationStart?: number;
  readonly confidence?: { readonly value: string };
  readonly deliveryType?: string;
}

interface Document {
  readonly prerendering?: boolean;
  readonly wasDiscarded?: boolean;
}

/** Replaced by the build with the version in package.json. */
declare const SDK_VERSION: string;

/** Whether web-vitals is the one of src/lean/; replaced by the build. */
declare const IS_LEAN: boolean;
