"""What is to blame: the runs of a series, what separates good from bad, whether code can explain it.

- `runs`, `series`: which runs are compared.
- `attributes`, `omissions`, `contrast`, `family`, `pairs`, `lines`, `triples`, `exact`: what separates good
  runs from bad ones, and by chance or not.
- `premise`, `repeats`: whether code can explain it, and whether equal runs repeat.
- `causes`, `kinds`, `sentences`, `joint_sentences`: what may be to blame, ranked, with the evidence in words.
- `diagnose`: all of it. This is the way in; `tested` adds what a check of one commit showed.
- `next_step`: which command to run then; `questions`: what a reader must find out first.
- `figure_series`, `steps`: steps in figures over time.
"""
