"""The most memory that a program held."""

from pathlib import Path


def peak() -> int:
    """MB. What ru_maxrss says may be that of the process which started this one."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (held,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(held) >> 10
