"""What images say: reading them, their moments, the verdict on them, and the check of one commit.

From the pixels up:

- `layout`, `images`, `image_formats/`: what a file holds, and where its pixels lie; no torch yet.
- `pixels`, `pixel_survey`, `single_pass`, `sums`, `combine`, `extremes`, `moments`: the kernel. `moments` is
  the way in; `sums` and `combine` hold the formulas, `model` what comes out.
- `pair`, `verdict`, `relation`: two files compared, the numbers judged, and how the images are related.
- `case`, `case_rules`, `placeholders`, `entry_point`, `size_gate`: what a check is to do.
- `runner`, `steps`, `step_output`, `failures`, `failure_kinds`, `brought`, `own_checkout`, `own_environment`,
  `scratch`, `background`: how a step is run, and what its failure means.
- `rounds`, `figure`, `reference`, `environment`, `cache`, `recall`, `preview`, `kept_images`, `result`,
  `check`: one check. `check` is the way in.
- `worker`, `zygote`, `forked_python`, `rehearsal`, `torch_import`: the warm processes of a session, and what
  makes imports fast.
"""
