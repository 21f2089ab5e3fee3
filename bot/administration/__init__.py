"""Administration from Slack: grants with an end, suspensions, questions about others, and what is announced of it."""
