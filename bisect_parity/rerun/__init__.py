"""Run a recorded command again, at its commit, and compare the results."""
