from hypothesis import settings

# A loaded machine is not a failure of a rule.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
