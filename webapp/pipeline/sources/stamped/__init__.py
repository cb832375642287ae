"""Logs of containers: whoever keeps them tells the time of each line, and which came since."""
