"""Speed and accuracy figures, one command each; run them from the top of the project."""
