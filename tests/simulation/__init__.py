"""A deterministic simulation: replicas of the real bot, virtual time, seeded faults, the promises as a model."""
