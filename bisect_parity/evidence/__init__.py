"""What earlier runs left behind: bundles of artifacts, read and never written.

- `walk`, `grouping`, `recognition`, `discover`: which files are evidence, and which make one bundle.
  `discover` is the way in.
- `formats/`: one reader a file format.
- `model`: what readers return.
- `keys`, `numbers`: spellings of keys and values.
- `stamps`, `notations`, `spelled_dates`, `yearless`, `durations`: times, and how long runs took.
- `shell`, `script`, `command_line`, `programs`, `prompts`: command lines in text; `wrappers`,
  `wrapper_options`: what stands before a program; `modules`: the modules that clusters load.
- `embedded_ids`, `loose_ids`, `named_checkouts`: commits in versions, tags and addresses, under keys that may
  name one, and in commands of git.
- `verdict`, `criterion`, `bundle_verdicts`: whether a run was good, by its figures.
- `twins`: bundles of one run.
"""
