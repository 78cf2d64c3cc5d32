"""The same estimates by the package svy: prints CPU seconds, sum of means, of errors, version.

Run as a file, so that an interpreter with svy needs nothing of ours.
"""

import sys
import time

import polars
import svy


def main(path: str) -> None:
    """One call for each question, by domain."""
    data = polars.read_parquet(path)
    design = svy.Design(stratum="stratum", wgt="weight", pop_size="size")
    before = time.process_time()
    sample = svy.Sample(data=data, design=design)
    found = [
        (one.est, one.se)
        for name in data.columns[4:]
        for one in sample.estimation.mean(y=name, by="domain").estimates
    ]
    spent = time.process_time() - before
    value, error = (sum(column) for column in zip(*found, strict=True))
    sys.stdout.write(f"{spent} {value} {error} {svy.__version__}")


if __name__ == "__main__":
    main(sys.argv[1])
