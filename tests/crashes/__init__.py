"""Every crash point: the boundaries between our own steps, found by instrumentation, each with a kill and a pause.

The bots are real processes (`zygote` forks them, `boundaries` wraps their doors), the rest is the stage of the flows. A
tracing run of a way through the program lists its sites; then a process dies or stands still at each of them, and the
checker, which shares no code with the bot, holds what is left to P1..P10.
"""
