"""What ends the demo before its end."""


class StepFailed(Exception):
    """The state is not the one that the step claims."""


class NotReady(Exception):
    """There is no Argo CD to play on."""
