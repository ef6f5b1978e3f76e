"""The web service: answers and shows. It asks the store service and the records, and holds no figures of its own."""
