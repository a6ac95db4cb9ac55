"""What batch systems tell of a job is its begin and end, not when it was submitted."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.text_file import READER

ALIGNED = """\
       JobID    JobName      State              Submit               Start                 End    Elapsed
------------ ---------- ---------- ------------------- ------------------- ------------------- ----------
     1030923        sim  COMPLETED 2024-08-06T10:00:00 2024-08-06T12:00:00 2024-08-06T13:00:05   01:00:05
1030923.bat+      batch  COMPLETED 2024-08-06T12:00:00 2024-08-06T12:00:01 2024-08-06T13:00:05   01:00:04
     1030924        sim  COMPLETED 2024-08-06T10:00:00 2024-08-07T12:00:00 2024-08-07T13:00:05   01:00:05
"""
PARSABLE = """\
JobID|JobName|State|Submit|Start|End|Elapsed|
123|big run|COMPLETED|2024-08-06T10:00:00|2024-08-06T12:00:00|2024-08-06T13:00:05|01:00:05|
"""
SHOWN = """\
JobId=123 JobName=sim
   SubmitTime=2024-08-06T10:00:00 EligibleTime=2024-08-06T10:00:00
   StartTime=2024-08-06T12:00:00 EndTime=2024-08-06T13:00:05 Deadline=N/A
"""
GRID_ENGINE = """\
==============================================================
qname        all.q
jobnumber    123
qsub_time    Tue Aug  6 10:00:00 2024
start_time   Tue Aug  6 12:00:00 2024
end_time     Tue Aug  6 13:00:05 2024
"""
PBS = """\
Job Id: 123.server
    Job_Name = sim
    ctime = Tue Aug  6 10:00:00 2024
    qtime = Tue Aug  6 10:00:00 2024
    stime = Tue Aug  6 12:00:00 2024
    obittime = Tue Aug  6 13:00:05 2024
"""
CONDOR = """\
000 (123.000.000) 2024-08-06 10:00:00 Job submitted from host: <192.0.2.4:9618>
...
001 (123.000.000) 2024-08-06 12:00:00 Job executing on host: <192.0.2.5:9618>
...
005 (123.000.000) 2024-08-06 13:00:05 Job terminated.
"""
LSF = """\
Job <sim> was submitted from host <login> by user <ada> in cluster <c> at Tue Aug  6 10:00:00 2024
Started at Tue Aug  6 12:00:00 2024
Terminated at Tue Aug  6 13:00:05 2024
"""
NOON, AFTER_ONE = 1722945600.0, 1722949205.0  # the wall clock as if it were UTC


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ALIGNED, id="sacct"),
        pytest.param(PARSABLE, id="sacct -p"),
        pytest.param(SHOWN, id="scontrol"),
        pytest.param(GRID_ENGINE, id="qacct"),
        pytest.param(PBS, id="qstat -f"),
        pytest.param(CONDOR, id="condor"),
        pytest.param(LSF, id="LSF"),
    ],
)
def test_a_job_began_when_it_was_started(text: str) -> None:
    times = READER.read("results/job/account.txt", text.encode()).times
    assert min(time.seconds for time in times) == NOON
    assert next(time for time in times if time.seconds == NOON).marks == "start"


@pytest.mark.parametrize("text", [ALIGNED, PARSABLE, GRID_ENGINE, PBS, CONDOR])
def test_a_job_ended_when_it_is_told_and_no_other_job_counts(text: str) -> None:
    times = READER.read("results/job/account.txt", text.encode()).times
    assert max(time.seconds for time in times) == AFTER_ONE
    assert next(time for time in times if time.seconds == AFTER_ONE).marks == "end"
    assert {time.origin for time in times} == {"field"}


@pytest.mark.parametrize(
    "text",
    [
        "JobID Start End\n123 Unknown Unknown\n",
        "JobID|Start\n",
        "JobID is told where a job has a Start\n2024-08-06 was a day\n",
        "JobID Start\n---- \n123\n",
        "stime = ?\n001 (1.0.0) then Job executing\n",
    ],
)
def test_what_is_no_time_is_left_out(text: str) -> None:
    assert READER.read("results/job/account.md", text.encode()).times == ()
