"""Which commit made each bundle, how sure, and why.

In the order in which values flow; `resolve` is the way in:

- `background`, `survey`, `subject`: what git and the bundles say of all runs, read once.
- `runs`, `dvc_locks`, `past`, `separate`, `first_change`, `recorded`, `mentions`, `run_messages`,
  `described`, `later_runs`, `copies`, `chain`, `zones`, `run_zones`, `machine_zone`, `whereabouts`,
  `other_machine`: the parts of that: which runs there are, what brought them in, which commits they name,
  in which time zone they were, on which machine, in whose account.
- `lines`, `reflog_lines`, `checkouts`, `own_work`, `named_branch`, `held`, `colleagues`: who had what checked
  out when.
- `clock`, `densities`, `time_grid`, `grid_statement`, `sheet`, `layout`: each run on a grid of time.
- `habits`, `posterior`, `infer`: probabilities of commits, with what is usual in this repository.
- `fingerprint`, `versions`, `libraries`: what a run reported of its code and its libraries.
- `adapt`, `line_shares`, `rewritten`, `stale_ids`, `same_results`, `together`, `visits`, `runs_in_a_row`,
  `walks`, `walked`: what runs tell of each other.
- `inferred`: all of this for every run.
- `weighed`, `answer`, `answer_clues`, `answer_note`, `clues`, `further_notes`, `moment`, `timeline`, `model`:
  the answer.
- `states`, `answers_state`: the code states of answers, and what answers depend on.
- `parameters`, `parameters_of_several`, `parameter_file`: the numbers of the model.
- `evaluate`, `scoring`: how good the answers are where the truth is recorded.
"""
