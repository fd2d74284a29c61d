"""Where calls come in: gRPC, command line."""
