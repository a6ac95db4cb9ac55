"""Which parameters a run had: commands, environment, and the defaults of the code that ran."""
