"""The scripts that pages include: the current build, and earlier ones for pages that still name them."""
