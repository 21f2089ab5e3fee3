"""Why a process must not run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from bot.checkup.findings import Remark, Weight

log = structlog.get_logger()


class StartRefused(Exception):
    """The process must not run as it is set up; the sentences say why and how to mend it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = list(sentences)


def refuse_faults(findings: Iterable[Remark]) -> None:
    """What `check` calls a fault refuses the start, what it warns of is logged. Raises StartRefused.

    A fault that may pass by itself is logged too: who restarts while the portal is away still tells people so.
    """
    told = [one for one in findings if one.weight is not Weight.GOOD]
    stopping = [one.sentence for one in told if one.weight is Weight.FAULT and not one.passes]
    for one in told:
        if one.sentence not in stopping:
            log.warning("start_check", part=one.part, found=one.sentence)
    if stopping:
        raise StartRefused(stopping)
