"""What is to blame: the runs of a series, what separates good from bad, whether code can explain it."""
