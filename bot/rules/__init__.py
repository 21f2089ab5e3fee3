"""Every pure “whether” of the bot: what is late, unusual, joined, doubted, needs two. No clock, no socket, no Slack."""
