"""What git knows: the only package that imports GitPython.

- `repository`, `journaled_git`, `hookless`, `complaints`, `nul_fields`: how git is called. `repository` is
  the way in.
- `commits`, `all_commits`, `lost_commits`, `commit_graph`, `rev_list`, `first_parents`, `time_order`,
  `kept_dates`: all commits as one table, and walks along them.
- `commit_details`, `commit_objects`, `commit_summary`, `reflog`, `reftable`, `notes`, `replaced_ids`:
  what single commits, reflogs and notes state.
- `code_state`, `code_rules`, `read_files`, `renames`, `tree_changes`, `interval`, `additions`: which code a
  commit has, and what changed it.
- `snapshot`, `export`, `conversions`, `lfs`: files as commits hold them. `working_diff`: as they are now.
- `worktree`, `worktree_pool`, `worktree_places`: our own linked worktrees.
- `submodules`, `subtrees`, `pinned_range`, `made_objects`, `packs`, `partial_commits`: commits of submodules
  and of histories below a folder, and commits of our own.
- `git_files`: whether anything changed since an earlier call.
"""
