"""Who may see and do what: the one place that says so, asked by REST, sockets, fan-out and feed alike.

A rule looks at the viewer and at a few facts about the thing, never at the database, so that the whole
matrix can be read here and tested in a second. What no rule allows is refused.
"""
