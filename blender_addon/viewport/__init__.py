"""What is drawn over the 3D viewport: it shows the session's state and decides nothing."""
