"""Text, tables and charts of what was found, from documents and values. Pure, but for few edges.

- `matrix_document`, `param_diff_document`, `params_document`, `diagnosis_document`, `contrast_document`,
  `figures_document`: values as JSON documents.
- `documents`, `audit_documents`, `search_documents`, `trial_documents`, `figures_over_time`: such documents
  read back as values; the classes have the names of what the documents hold.
- `output`: all that lies in an evidence output.
- `account`, `headline`, `rows`: what a report says, in words, whatever its form.
- `page`, `markdown_page`, `markdown`, `pictures`: the report as HTML and as Markdown.
- `timeline`, `bisection_chart`, `figure_charts`, `figures`: charts.
- `matrix`, `param_diff`, `params`, `params_short`, `provenance`, `diagnosis`, `bisection`, `bisection_table`,
  `flaky`, `sweep`, `isolation`, `rerun`, `evaluation`: one document each as text and Markdown.
- `ledger`, `ledger_file`, `attempt`: an entry of a ledger.
- `settings_file`: what `init` writes.
"""
