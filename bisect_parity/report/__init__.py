"""Text, tables and charts of what was found, from documents and values. Pure, but for few edges."""
