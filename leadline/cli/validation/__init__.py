"""What `leadline validate` and every start look at before anything runs: errors, warnings, and who would be paged."""
