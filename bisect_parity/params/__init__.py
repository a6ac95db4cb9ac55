"""Which parameters a run had: commands, environment, and the defaults of the code that ran.

- `model`, `literals`, `units`: values, typed.
- `code`, `work_tree`, `readers`, `collect`: the defaults of the code at commits and in the working tree.
  `code` is the way in.
- `syntax`, `python_defaults`, `python_values`, `python_options`, `click_options`, `python_calls`,
  `python_expansion`, `python_folding`, `c_defaults`, `fortran_defaults`,
  `line_assignments`, `more_languages`, `config_files`: one kind of file each.
- `programs`, `bind`, `hydra`, `image_programs`: which program ran, and what its options were given.
- `environment`, `given_files`, `command_values`, `effective`: what a run used in the end.
- `columns`, `cells`, `compare`, `diff`, `renames`, `noise`, `context`: runs side by side.
"""
