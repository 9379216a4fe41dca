"""One module a daemon of the snap: run() ends when the daemon does, or is replaced by its binary."""
