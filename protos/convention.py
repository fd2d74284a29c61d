"""What both sides agreed on and a .proto file cannot say: metadata, sizes, and where a token may travel."""

import ipaddress

AUTHORIZATION_KEY = "authorization"  # request metadata: "Bearer <token>"
ERROR_KEY = "superface-error"  # trailing metadata: a code of backend/errors.py
ADVICE_KEY = "superface-advice"  # trailing metadata: one sentence, percent-encoded UTF-8

CHUNK_BYTES = 1 << 20  # largest UploadChunk.data
MESSAGE_BYTES = 16 << 20  # largest message; a 1920 × 1080 raw picture has 6 MB
VERSION_BYTES = 12 << 20  # largest VersionFile.content
FACTS_A_CALL = 32  # most ratings in one RecordRequest; the largest there can be fill 10 MB
STILLS_A_CALL = 300  # most moments in one StillsRequest
CURVE_ROWS = 256  # largest CurveChunk; 256 × 61 values and as many confidences are 127 kB


def bearer(token: str) -> str:
    """The value that goes under AUTHORIZATION_KEY."""
    return f"Bearer {token}"


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine. Other names are not looked up: a name server may lie."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def target(host: str, port: int) -> str:
    """`host:port` as gRPC wants it, IPv6 addresses in brackets."""
    return f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}"
