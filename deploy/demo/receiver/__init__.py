"""The demo's on-call: a `json://` target that keeps and shows what arrived. It stands for PagerDuty or a chat."""
