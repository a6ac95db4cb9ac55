"""What earlier runs left behind: bundles of artifacts, read and never written."""
