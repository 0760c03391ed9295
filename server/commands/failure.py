"""What a command says when it cannot do its work: a sentence for people, not a traceback."""


class CommandFailed(Exception):
    """The command was not carried out; the text says why and what to do."""
