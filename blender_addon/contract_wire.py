"""The half of contract.py that needs grpc and protobuf: the generated messages and services.

Only the files of backend_client/ that speak gRPC or make messages may import it: another extension's
protobuf can keep it from loading, and everything that needs no backend must work all the same.
"""

from protos import fingerprint
from protos.generated.superface.v1 import (
    backend_pb2,
    backend_pb2_grpc,
    ratings_pb2,
    ratings_pb2_grpc,
    retarget_pb2,
    retarget_pb2_grpc,
    training_pb2,
    training_pb2_grpc,
)

__all__ = [
    "backend_pb2",
    "backend_pb2_grpc",
    "fingerprint",
    "ratings_pb2",
    "ratings_pb2_grpc",
    "retarget_pb2",
    "retarget_pb2_grpc",
    "training_pb2",
    "training_pb2_grpc",
]
