"""One module a subcommand: run(arguments) returns the exit code."""
