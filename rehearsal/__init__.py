"""What plays Slack and the portal, so that nobody needs them: the stand-ins, the stage, the demo, the page."""
