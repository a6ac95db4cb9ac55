"""What git knows: the only package that imports GitPython."""
