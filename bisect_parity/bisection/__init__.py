"""The search for the commit that changed the verdict: ends first, then git's bisection, then the proof."""
