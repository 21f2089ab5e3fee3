"""The stand-in Slack keeps the promises that a bot relies on."""
