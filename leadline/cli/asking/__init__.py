"""Where a command gets its answer: from the running web service, or from the home itself if none runs."""
