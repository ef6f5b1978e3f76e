"""The demo's people: visits in a real Chromium that looks like a person's, some of which end in a sale."""
