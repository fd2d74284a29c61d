"""One number for the whole contract, so that an older peer is named instead of misread."""

import hashlib

from .generated.superface.v1 import backend_pb2, ratings_pb2, retarget_pb2, training_pb2


def contract_fingerprint() -> str:
    """sha256 (hex) over the serialised descriptors of every .proto file, in order of name."""
    digest = hashlib.sha256()
    for module in (backend_pb2, ratings_pb2, retarget_pb2, training_pb2):
        digest.update(module.DESCRIPTOR.serialized_pb)
    return digest.hexdigest()
