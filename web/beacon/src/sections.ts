/** The sections of a beacon, as bits: what has changed, and what may be sent. */

export const PAGE = 1;
export const VITALS = 2;
export const ERRORS = 4;
export const EVENTS = 8;
export const REQUESTS = 16;
export const ALL = 31;
