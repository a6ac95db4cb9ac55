"""Provenance statements about evidence: written as new files, and verified."""
