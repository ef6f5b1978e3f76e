"""The scripts that pages include, as built and as kept for pages that name an older one."""
