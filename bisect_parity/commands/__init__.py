"""One module a subcommand: parse, call, print. `main` lists them all.

What they share:

- `invocation`, `options`, `printing`, `progress`, `value_completion`, `named_path`: a call, its options and
  output.
- `test_option`, `named_case`, `threshold_options`, `search_options`, `flaky_options`, `bench_options`:
  options of several commands.
- `project`, `finding`, `answers`, `series_runs`, `params_columns`, `repository_findings`: what commands about
  evidence work on.
- `bisect_plan`, `session_ends`, `end_figures`, `session_output`, `session_charts`, `no_settings`: searches.
- `bench`, `isolate_code`, `isolate_runs`: checks of one commit, for `isolate` and `diagnose --run`.
- `figures_over_time`: for `audit` and `diagnose`.
- `rerun_document`, `rerun_chain`, `recorded_runs`: `rerun` of one run, of a chain, and of none.
- `plain_record`, `recorded_call`: `record` without click, whose import takes long.
- `serve`: the warm worker of a session.
"""
