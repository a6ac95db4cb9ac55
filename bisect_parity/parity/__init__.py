"""What images say: reading them, their moments, the verdict on them, and the check of one commit."""
