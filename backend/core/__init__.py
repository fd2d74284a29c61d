"""The quiet part: values in, values out; numpy and dataclasses only."""
