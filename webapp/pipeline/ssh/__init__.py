"""Other machines, through the OpenSSH client and as its user has set it up."""
