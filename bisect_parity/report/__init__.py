"""Telling what was found: pure text from values."""
