"""Wrong documents of every kind and source: on how many evenings is a wrong figure published without a mark?

`TRIALS=16 pytest -n 0 -s tests/test_faults.py` prints the whole table. Without it a twelfth of the faults
is tried once in each row, with the source alone, so that all faults are tried at one source or another.
"""

import os
from pathlib import Path

import pytest

from .evenings import fresh
from .faults import BANKS, FAULTS, ROWS, evenings_published

pytestmark = pytest.mark.proof

TRIALS = int(os.environ.get("TRIALS", "1"))
CASES = [(source, row) for source in ROWS for row in ROWS[source]]
WITH_STEPS = ("nbk", "cbu")
CONTRADICTED = {
    "slip of the decimal point",
    "nominal of 100",
    "another currency's row, once",
    "another currency's row, twice",
    "another currency's row, five times",
    "the franc's row, x1.045",
    "inversion",
    "typing error of 4.9 %",
    "drift, 4.9 % on four days",
    "correction by 4.9 %",
}
"""What the other currencies of a bank's document contradict; a document in other money, or a market's, cannot."""


@pytest.mark.parametrize(("source", "row"), CASES)
def test_no_wrong_figure_that_its_own_document_contradicts_is_published_without_a_mark(
    source: str, row: str, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    place = CASES.index((source, row))
    for number, (name, fault) in enumerate(FAULTS.items()):
        if TRIALS == 1 and number % 12 != place % 12:
            continue
        counts = {}
        for alone in (True, False) if TRIALS > 1 else (True,):
            for steps in ("of the row", "true") if source in WITH_STEPS else ("of the row",):
                evenings = []
                for seed in range(TRIALS):
                    with fresh(empty, tmp_path / "trial") as store:
                        evenings.append(evenings_published(store, source, row, fault, seed, alone=alone, steps=steps))
                counts[alone, steps] = evenings
        for (alone, steps), evenings in counts.items():
            wrong = sum(1 for each in evenings if each)
            which = f"{'alone' if alone else 'with others'}{', true step' if steps == 'true' else ''}"
            lines.append(
                f"{source:13} {row} {name:36} {which:24} {wrong:3} of {len(evenings)}, {max(evenings)} evenings at most"
            )
            contradicted = source in BANKS and name in CONTRADICTED
            if contradicted or (source in WITH_STEPS and steps == "true" and name == "yesterday's figure"):
                assert wrong == 0, lines[-1]
    with capsys.disabled():
        if TRIALS > 1:
            print("\n" + "\n".join(lines))
