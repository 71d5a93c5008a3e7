"""Speed and agreement, measured beside peers in the same run."""
