"""The web service: dashboard and API. It asks the store service and the records, and keeps no figures itself."""
