"""One file per command. Cheap imports are at the top, heavy ones inside the function."""
