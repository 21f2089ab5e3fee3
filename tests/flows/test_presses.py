"""`docs/presses.md` says what the common jobs take: each is done here at the real forms, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.presses import JOBS, PAGE, Job, row
from tests.flows.scene import set_scene


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
async def test_a_job_takes_what_the_page_says(job: Job, tmp_path: Path) -> None:
    async with set_scene(tmp_path, overrides=job.overrides) as scene:
        counts = await job.counted(scene)
    assert row(job, counts) in PAGE.read_text("utf-8").splitlines()
    if job.before is not None and not job.costs_more:
        assert counts.buttons <= job.before.buttons, "a job takes more presses than it did"
        assert sum(counts) <= sum(job.before), "a job takes more than it did"


def test_the_page_holds_every_job_and_no_other() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert [line.split("|")[1].strip() for line in rows] == [job.name for job in JOBS]
