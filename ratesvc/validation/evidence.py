"""Evidence in a document for or against its own figures: the printed step and the other currencies.

A matching step shows that the row is the bank's own, not another currency's row or another day's page. It does not
show that the figure is right: the Uzbek central bank's manat of 1 April 2026 was 15 % wrong and had a matching step.
The other currencies show that: when a bank's own currency moves, all its rows move with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from statistics import median

from ratesvc.core.currencies import BASE_CODES, BY_CODE
from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading

Prices = Mapping[str, Decimal]
"""Price of one unit of each currency, in the currency that a document prices in."""

CROSSES = Decimal("1.025")
"""Largest factor by which a currency moves against most others from one document to the next. The rouble moves further
on a few days a year; then another source, which saw the same, confirms it."""
CROSSES_OF_WEEKS = Decimal("1.1")
"""The same over several weeks, after a gap in the source or while its figures were held."""
WEEKS = timedelta(days=60)
"""Documents further apart than this are not compared."""
NEAR = timedelta(days=10)
"""Largest distance in time between two neighbouring rates."""
LEAST_NEIGHBOURS = 2
"""Fewest other currencies for a comparison."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Moves of a base and of a document's other currencies since an earlier document, as factors.

    row: the code of the base. move: its move. others: the median move of the others. along: how many of them moved as
    the base did. count: how many others there are. own_money: whether the document prices in the currency under
    review. Only then does a common move show that this currency moved; elsewhere its row moves alone, which shows
    nothing.
    """

    row: str
    move: Decimal
    others: Decimal
    along: int
    count: int
    own_money: bool

    @property
    def contradict(self) -> bool:
        """Whether the base's row fits fewer than half of the other rows; every rate derived from it is then wrong.

        The threshold is half because two other currencies may fall on the same day.
        """
        return 2 * self.along < self.count

    @property
    def move_along(self) -> bool:
        """Whether all rows moved together because the document's own currency moved."""
        return self.own_money and not self.contradict

    @property
    def reason(self) -> str:
        """Sentence that states the contradiction."""
        name = "dollar's" if self.row == "USD" else self.row
        return (
            f"the {name} row is {self.move:.3f} times the one before and the median of the document's"
            f" {self.count} other currencies {self.others:.3f} times"
        )


def unknown(_before: Observation) -> Neighbours | None:
    """Return None: the document has no other currencies to compare."""
    return None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence for or against one figure.

    step: printed change since the previous publication, in units of the quote; None if none is printed.
    neighbours: compares the document's other currencies with the document of an earlier rate of the same source.
    """

    step: Decimal | None = None
    neighbours: Callable[[Observation], Neighbours | None] = field(default=unknown)

    def leads_back_to(self, observation: Observation) -> Decimal | None:
        """Return the previous publication's rate according to the printed step."""
        return None if self.step is None else observation.rate - self.step


def of_reading(reading: Reading, earlier: Callable[[Observation], Prices], observation: Observation) -> Evidence:
    """Return a document's evidence for one of its figures.

    earlier: returns the prices in the document of an earlier rate; empty if that document is not kept.
    """
    step = reading.steps.get(observation.base) if observation.quote == reading.money else None

    def neighbours(before: Observation) -> Neighbours | None:
        # The document's own steps refer to the previous publication, which is `before` only if the step leads there.
        fits = step is not None and observation.rate - step == before.rate
        prices = reading.earlier_prices if fits and reading.earlier_prices else earlier(before)
        return compare(reading.prices, prices, reading.money, observation, before)

    return Evidence(step, neighbours)


def compare(
    prices: Prices, earlier: Prices, money: str, observation: Observation, before: Observation
) -> Neighbours | None:
    """Compare the moves of a pair's base and of the other currencies; None if too few are in both documents.

    Where the quote is one of the bases too, as in USD/RUB, both are compared, and the one that fits least counts.
    """
    apart, pair = abs(observation.observed_at - before.observed_at), (observation.base, observation.quote)
    moves = {code: prices[code] / earlier[code] for code in prices if code in earlier}
    others = [moves[code] for code in moves if code not in pair]
    rows = [code for code in pair if code in BASE_CODES and code in moves]
    if apart > WEEKS or len(others) < LEAST_NEIGHBOURS or not rows:
        return None
    compared = []
    for row in rows:
        limit = CROSSES if apart <= NEAR else CROSSES_OF_WEEKS * own_move(row)
        compared.append(
            Neighbours(
                row=row,
                move=moves[row],
                others=median(others),
                along=sum(ratio(moves[row], other) <= limit for other in others),
                count=len(others),
                own_money=money == observation.quote,
            )
        )
    return min(compared, key=lambda each: each.along)


def own_move(base: str) -> Decimal:
    """Return the largest factor, up or down, by which a base moves against the dollar between two publications."""
    return BY_CODE[base].market_jump


def ratio(one: Decimal, other: Decimal) -> Decimal:
    """Return the larger divided by the smaller."""
    return max(one, other) / min(one, other)
