"""Run a recorded command again, at its commit, and tell whether it gives what it gave then."""
