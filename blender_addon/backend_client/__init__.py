"""How the add-on talks to a backend: a port, the real client, and a fake that remembers."""
