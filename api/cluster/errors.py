"""What a caller learns when a session is not here."""

from math import ceil

from api.cluster.leases import Lease
from api.errors import BusyError, ConflictError


class SessionElsewhereError(Exception):
    """Another replica runs the session; its requests are passed on."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        super().__init__(lease.session_id)


class NotReachableError(ConflictError):
    """The session runs at another replica, which this one cannot reach"""

    code = "session_elsewhere"

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"The session runs at replica {lease.replica}, which has no REPLICA_URL to reach it by",
            replica=lease.replica,
            retry_after=ceil(lease.seconds_left),
        )


class ReplicaSilentError(BusyError):
    """The replica that runs this session does not answer; another one takes over in a moment"""

    code = "replica_silent"


class SessionMovingError(BusyError):
    """The session is moving to another replica. Try again in a moment"""

    code = "session_moving"
    retry_after = 1
