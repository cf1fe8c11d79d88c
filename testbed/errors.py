"""What stops a testbed from being built or started, worded for the one who asked for it."""


class NotReadyError(RuntimeError):
    """The testbed could not be built, did not start in time, or one of its processes ended."""


class NotYetError(OSError):
    """A condition that is waited for does not hold yet, and why."""
