"""Wrong documents of every kind and source: is a wrong figure published without a mark, or a true one kept out?

`TRIALS=16 pytest -n 0 -s tests/test_faults.py` prints the whole table. Without it each bank's
row is tried with one or two of the faults that must not pass, with the source alone, so that all of these are tried.
"""

import os
from pathlib import Path

import pytest

from .evenings import fresh
from .faults import BANKS, FAULTS, ROWS, Outcome, outcome_of

pytestmark = pytest.mark.proof

TRIALS = int(os.environ.get("TRIALS", "1"))
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
CASES = [(source, row) for source in (ROWS if TRIALS > 1 else BANKS) for row in ROWS[source]]


def must_not_pass(source: str, name: str, steps: str) -> bool:
    """Whether a fault is contradicted by its own document; steps: which ones are printed in it."""
    if name == "yesterday's figure":
        return source in WITH_STEPS and steps == "true"
    return source in BANKS and name in CONTRADICTED


@pytest.mark.parametrize(("source", "row"), CASES)
def test_no_wrong_figure_that_its_own_document_contradicts_is_published_without_a_mark(
    source: str, row: str, empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    names = [name for name in FAULTS if TRIALS > 1 or must_not_pass(source, name, "true")]
    for name in names if TRIALS > 1 else names[CASES.index((source, row)) % 6 :: 6]:
        fault = FAULTS[name]
        outcomes: dict[tuple[bool, str], list[Outcome]] = {}
        for alone in (True, False) if TRIALS > 1 else (True,):
            for steps in ("of the row", "true") if source in WITH_STEPS else ("of the row",):
                outcomes[alone, steps] = []
                for seed in range(TRIALS):
                    with fresh(empty, tmp_path / "trial") as store:
                        outcome = outcome_of(store, source, row, fault, seed, alone=alone, steps=steps)
                        outcomes[alone, steps].append(outcome)
        for (alone, steps), found in outcomes.items():
            wrong, standing, missing = (
                sum(1 for each in found if getattr(each, what)) for what in ("evenings", "standing", "missing")
            )
            which = f"{'alone' if alone else 'with others'}{', true step' if steps == 'true' else ''}"
            evenings = max(each.evenings for each in found)
            lines.append(
                f"{source:13} {row} {name:36} {which:24} {wrong:3} of {len(found)}, {evenings} evenings at most;"
                f" at the end {standing} with a wrong figure, {missing} without a true one"
            )
            if must_not_pass(source, name, steps):
                assert wrong == 0, lines[-1]
                # Yesterday's figure is the bank's own where its next step counts from it.
                assert name not in CONTRADICTED or standing == 0, lines[-1]
                # A base that has really moved since, as the rouble does within days, waits for another source.
                assert name not in CONTRADICTED or missing == 0 or row == "RUB" or fault.publications > 1, lines[-1]
    with capsys.disabled():
        if TRIALS > 1:
            print("\n" + "\n".join(lines))
