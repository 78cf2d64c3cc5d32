"""A text export of many records: into collect.* beside pandas.read_csv with every cell as text.

Each is measured in a process of its own: CPU seconds of reading alone, and the peak of its memory.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pipeline.ask import Survey, read_questionnaire
from pipeline.collect import collect
from pipeline.store import Work, connect
from tests.benchmarks.memory import peak
from tests.forms import write_form

RECORDS = 1_000_000
FORM = """
    | type                  | name         | label        |
    |-----------------------|--------------|--------------|
    | start                 | start        |              |
    | end                   | end          |              |
    | text                  | city_name    | City         |
    | select_one country    | country      | Country      |
    | text                  | contact_name | Contact      |
    | text                  | email        | E-mail       |
    | date                  | survey_date  | Date         |
    | integer               | population   | Population   |
    | select_one yn         | has_office   | An office?   |
    | integer               | staff        | Staff        |
    | decimal               | budget_pct   | Budget       |
    | decimal               | migrant_pct  | Migrants     |
    | select_multiple areas | areas        | Areas        |
    | text                  | areas_other  | Which?       |
    | select_one yn         | joined       | Joined?      |
    | date                  | join_date    | When?        |
    | integer               | commitment   | Commitment   |
    | text                  | flagship     | Flagship     |
    | geopoint              | location     | Where?       |
    | select_one yn         | may_publish  | May we?      |
    """
CHOICES = """
    | list_name | name      | label     |
    |-----------|-----------|-----------|
    | country   | AR        | Argentina |
    | country   | BR        | Brasil    |
    | country   | UY        | Uruguay   |
    | yn        | yes       | Yes       |
    | yn        | no        | No        |
    | areas     | reception | Reception |
    | areas     | housing   | Housing   |
    | areas     | other     | Other     |
    """
HEADER = (
    "start;end;city_name;country;contact_name;email;survey_date;population;has_office;staff;"
    "budget_pct;migrant_pct;areas;areas_other;joined;join_date;commitment;flagship;location;"
    "may_publish;_id;_uuid;_submission_time;__version__"
)
TEXTS = (
    "Oficina de atención a personas migrantes; acceso sin discriminación",
    'Ciudadanía local, participación y ""derecho a la ciudad""',
    "Línea 1\r\nLínea 2; y más\r\nfin",
    "",
)


def lines(records: int) -> Iterator[str]:
    """The export, each cell quoted, some texts of several lines."""
    yield '"' + HEADER.replace(";", '";"') + '"\r\n'
    for n in range(records):
        day, has_office = f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}", n % 3 == 0
        cells = (
            f"{day}T09:00:00.000-03:00", f"{day}T09:{n % 60:02}:30.000-03:00", f"Ciudad {n}",
            ("AR", "BR", "UY")[n % 3], f"Ana Núñez {n % 997}", f"a{n}@example.org", day,
            str(1_000 + n * 37 % 900_000), "yes" if has_office else "no",
            str(n % 40) if has_office else "", f"{n % 100 / 100}", f"{n % 70 / 10}",
            ("reception other", "housing", "")[n % 3], "Memoria histórica" if n % 3 == 0 else "",
            "no", "", str(n % 5), TEXTS[n % 4], f"{-n % 90}.5 {-n % 180}.25 0 0", "yes",
            str(700_000_000 + n), f"{n * 2_654_435_761 % 2**32:08x}-41c5-4af3-b505-{n:012x}",
            f"{day}T13:00:00", "v1",
        )  # fmt: skip
        yield '"' + '";"'.join(cells) + '"\r\n'


def relevo(path: Path) -> None:
    """Into the tables of a database file."""
    with TemporaryDirectory(dir=path.parent.parent) as folder:
        form = write_form(Path(folder) / "form.xlsx", FORM, CHOICES)
        survey = Survey("big", Path(folder), {}, questionnaires={"1": read_questionnaire(form)})
        names = ("confidential", "members", "survey")
        opened = [connect(Path(folder) / f"{name}.duckdb") for name in names]
        collect(survey, path.parent, Work(Path(folder), *opened))
        for con in opened:
            con.close()


def pandas(path: Path) -> None:
    """Into a frame in memory."""
    pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)


def measured(name: str, path: Path) -> tuple[float, int]:
    """CPU seconds and peak megabytes of one of the two, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.loading", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def loading(folder: Path) -> tuple[str, float, str, float]:
    """A million records beside pandas, in one run."""
    (folder / "raw").mkdir(exist_ok=True)
    path = folder / "raw/export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines(RECORDS))
    ours, ours_peak = measured("relevo", path)
    theirs, theirs_peak = measured("pandas", path)
    path.unlink()
    return (
        f"{RECORDS} records of 24 columns into collect.*, {ours_peak} MB",
        ours,
        f"pandas.read_csv(dtype=str) into memory, {theirs_peak} MB",
        theirs,
    )


def main(name: str, path: Path) -> None:
    """Print CPU seconds and peak megabytes of this process as JSON."""
    contestants = {"relevo": relevo, "pandas": pandas}
    before = time.process_time()
    contestants[name](path)
    seconds = time.process_time() - before
    sys.stdout.write(json.dumps([round(seconds, 2), peak()]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
