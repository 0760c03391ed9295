"""Feeds: what anybody may read of a mile, a member or a project, for other programs to follow."""
