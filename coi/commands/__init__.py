"""The verbs of the ``coi`` command, a file for each subject; ``coi.cli`` puts them together."""
