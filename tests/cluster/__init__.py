"""A real cluster under load and faults: three bot processes, a Sentinel group that is killed and fails over, sockets
that drop; `make soak-real` prints what came out, held to the promises by the checker of `tests.crashes`."""
