"""The search for the commit that changed the verdict: ends first, then git's bisection, then the proof.

- `plan`, `folder`, `verdict_files`, `model`, `answer`, `answer_parts`, `odds`: what is asked, kept and
  answered, as values.
- `ends`, `named_ends`, `tested_ends`, `span`, `figure_limit`: the range, and its two ends.
- `graph`, `choice`, `course`, `plain_git`, `git_bisect`, `search`: which commit is checked next.
- `workplace`, `check_pool`, `checker`, `running_check`, `check_call`, `searching`: how checks are run.
- `session`, `outline`, `answer_proof`, `proof`, `confirm`, `skips`, `remaining`, `commit_summaries`: a whole
  bisection. `session` is the way in; `whole_search`, `inner_search`, `inner_levels`, `moved_parts`,
  `variants` go on into submodules and subtrees.
- `flaky_session`, `flaky_answer`, `suspicion`, `descent`, `posterior`, `rates`, `tallies`, `hints`: a
  bisection by a flaky check.
- `sweep_session`, `sweep`, `moves`: every code state of a range.
- `isolate`, `isolation`, `ddmin`, `code_isolation`, `bench`, `changes`, `local_items`,
  `in_place`, `tracing`: one commit, with files, variables or parameters laid over it.
- `account`, `ends_account`, `flaky_account`, `answer_account`, `other_environment`, `requirements`,
  `lacking`, `untracked_needs`, `suspects`, `hidden`, `case_files`: what the user is told of all this, and
  what else may be to blame.
"""
