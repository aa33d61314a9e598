"""What a document says for or against a figure of its own: the printed step, and its other currencies.

A step that fits shows that the row is the one that the bank holds: no other currency's row, no other day's page.
It does not show that the bank typed it right: the Uzbek central bank's manat of 1 April 2026 was 15 % wrong and
had a fitting step. The other currencies do: when a bank's own currency moves, all its rows move along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from statistics import median

from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading

Prices = Mapping[str, Decimal]
"""What one unit of each currency costs in the money of a document."""

CROSSES = Decimal("1.025")
"""So many times, at most, the dollar moves against most other currencies from one document to the next."""
CROSSES_OF_WEEKS = Decimal("1.1")
"""The same over some weeks, after a source was silent or its figures were held."""
WEEKS = timedelta(days=60)
"""Documents that are further apart tell nothing of one another."""
NEAR = timedelta(days=10)
"""Two rates that are no further apart are beside one another."""
LEAST_NEIGHBOURS = 2
"""Fewer other currencies than these tell nothing."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How the dollar and a document's other currencies moved since an earlier document.

    others: the median of their moves. along: how many of them moved as the dollar did, of so many (count).
    own_money: whether the document prices in the currency that is judged. Only then does a common move tell that
    this currency moved. In a document in other money its row moves alone, which tells nothing.
    """

    dollar: Decimal
    others: Decimal
    along: int
    count: int
    own_money: bool

    @property
    def contradict(self) -> bool:
        """Whether the dollar's row fits fewer than half of the other rows: then every rate from it is wrong.

        Half of them, because two of a neighbour's currencies may fall on the same day.
        """
        return 2 * self.along < self.count

    @property
    def move_along(self) -> bool:
        """Whether all rows moved together, because the currency of the document moved."""
        return self.own_money and not self.contradict

    @property
    def reason(self) -> str:
        """The contradiction in words."""
        return (
            f"the dollar's row is {self.dollar:.3f} times the one before and the median of the document's"
            f" {self.count} other currencies {self.others:.3f} times"
        )


def unknown(_before: Observation) -> Neighbours | None:
    """The neighbours of a figure whose document tells nothing of them."""
    return None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for or against one figure.

    step: the printed change since the publication before, in units per US dollar; None where none is printed.
    neighbours: the other currencies of the document since the document of an earlier rate of the same source.
    """

    step: Decimal | None = None
    neighbours: Callable[[Observation], Neighbours | None] = field(default=unknown)

    def leads_back_to(self, observation: Observation) -> Decimal | None:
        """The rate of the publication before, by the printed step."""
        return None if self.step is None else observation.units_per_usd - self.step


def of_reading(reading: Reading, earlier: Callable[[Observation], Prices], observation: Observation) -> Evidence:
    """The evidence of a document for one of its figures.

    earlier: the prices in the document that brought a rate before; empty where it is not kept.
    """
    step = reading.steps.get(observation.currency)

    def neighbours(before: Observation) -> Neighbours | None:
        # The document's own steps tell of the publication before, which is `before` only where the step leads there.
        fits = step is not None and observation.units_per_usd - step == before.units_per_usd
        prices = reading.earlier_prices if fits and reading.earlier_prices else earlier(before)
        return compare(reading.prices, prices, reading.money, observation, before)

    return Evidence(step, neighbours)


def compare(
    prices: Prices, earlier: Prices, money: str, observation: Observation, before: Observation
) -> Neighbours | None:
    """How the dollar and the other currencies moved; None where too few are in both documents."""
    apart, currency = abs(observation.observed_at - before.observed_at), observation.currency
    others = [code for code in prices if code in earlier and code not in ("USD", currency)]
    if apart > WEEKS or len(others) < LEAST_NEIGHBOURS or "USD" not in prices or "USD" not in earlier:
        return None
    dollar = prices["USD"] / earlier["USD"]
    moves = [prices[code] / earlier[code] for code in others]
    limit = CROSSES if apart <= NEAR else CROSSES_OF_WEEKS
    return Neighbours(
        dollar=dollar,
        others=median(moves),
        along=sum(ratio(dollar, move) <= limit for move in moves),
        count=len(moves),
        own_money=money == currency,
    )


def ratio(one: Decimal, other: Decimal) -> Decimal:
    """How many times the larger is the smaller."""
    return max(one, other) / min(one, other)
