"""What is sworn to: provenance statements about evidence, as new files."""
