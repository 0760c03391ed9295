"""The feed, hiding and restoring, and the audit lines they leave."""
