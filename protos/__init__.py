"""What add-on and backend have agreed on; imports nothing of ours."""
