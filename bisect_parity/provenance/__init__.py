"""Which commit made each bundle, how sure, and why."""
