"""Readers of file formats, each a `FormatReader`.

A package adds a format with an entry point in the group `bisect_parity.formats` that names an object with
`name`, `claims` and `read`; such readers are asked before ours.
"""
