"""What every surface in Slack is built of: blocks, limits, names, inert text."""
