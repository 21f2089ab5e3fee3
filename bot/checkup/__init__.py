"""`gatehouse check` looks at every part of an installation and says each fault with its remedy.

What is asked for here is named by its module: whoever reads a file needs nothing of what asks Slack and the portal.
"""
