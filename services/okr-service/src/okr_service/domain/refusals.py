class Refusal(Exception):
    """A rule said no, and nothing happened. One subclass a rule; `args` are its facts."""
