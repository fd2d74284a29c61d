"""The one place that decides that a backend is reached by gRPC, and that names what keeps it from that."""

from ..bundled_wheels import clash
from .errors import LibrariesUnusable
from .port import Address, BackendClient


def dial(address: Address, client_version: str = "") -> BackendClient:
    """A client for a backend; nothing is sent yet. Raises LibrariesUnusable and AddressRefused."""
    complaint = clash()
    if complaint:
        raise LibrariesUnusable(complaint)
    from .grpc_client import GrpcClient  # needs grpc, which the question above is about

    return GrpcClient(address, client_version)
