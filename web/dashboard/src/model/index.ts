// The server's read models (web/leadline_web/dashboard/). Times are ISO 8601 UTC, durations ms.

export type * from "./monitors";
export type * from "./verdicts";
export type * from "./figures";
export type * from "./releases";
export type * from "./history";
