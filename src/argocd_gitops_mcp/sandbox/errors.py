"""Errors as Argo CD's gRPC gateway reports them: a gRPC code, its HTTP status, a text."""

from enum import IntEnum


class Code(IntEnum):
    """The gRPC codes that Argo CD answers with."""

    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAUTHENTICATED = 16


HTTP_STATUS = {
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAUTHENTICATED: 401,
}
# How Go prints the codes inside wrapped errors.
GO_NAMES = {
    Code.UNKNOWN: "Unknown",
    Code.INVALID_ARGUMENT: "InvalidArgument",
    Code.NOT_FOUND: "NotFound",
    Code.FAILED_PRECONDITION: "FailedPrecondition",
    Code.INTERNAL: "Internal",
    Code.PERMISSION_DENIED: "PermissionDenied",
}


class StatusError(Exception):
    """A failed call: what the caller is answered."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        return HTTP_STATUS[self.code]

    @property
    def go_text(self) -> str:
        """The text this error has inside another one."""
        return f"rpc error: code = {GO_NAMES[self.code]} desc = {self.message}"


def invalid(message: str) -> StatusError:
    return StatusError(Code.INVALID_ARGUMENT, message)


def unknown(message: str) -> StatusError:
    return StatusError(Code.UNKNOWN, message)


def precondition(message: str) -> StatusError:
    return StatusError(Code.FAILED_PRECONDITION, message)


def denied(message: str = "permission denied") -> StatusError:
    return StatusError(Code.PERMISSION_DENIED, message)


def not_found(message: str) -> StatusError:
    return StatusError(Code.NOT_FOUND, message)


def go_kind(value: object) -> str:
    """What Go's decoder calls a JSON value."""
    kinds = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    return kinds.get(type(value), "object")
