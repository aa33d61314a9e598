"""What django-money makes of our rates, in a Django of its own: python django_convert.py ADDRESS.

Prints the amounts that it converts, by their two currencies.
"""

import json
import sys

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["djmoney", "djmoney.contrib.exchange"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    OPEN_EXCHANGE_RATES_URL=sys.argv[1],
    OPEN_EXCHANGE_RATES_APP_ID="x",
)
django.setup()

from django.core.management import call_command  # noqa: E402 - Django's models need its settings
from djmoney.contrib.exchange.backends import OpenExchangeRatesBackend  # noqa: E402
from djmoney.contrib.exchange.models import convert_money  # noqa: E402
from djmoney.money import Money  # noqa: E402

call_command("migrate", verbosity=0)
OpenExchangeRatesBackend().update_rates()
pairs = [("USD", "KZT"), ("EUR", "USD"), ("KZT", "RUB"), ("UZS", "CNY")]
print(json.dumps({"/".join(pair): str(convert_money(Money(1000, pair[0]), pair[1]).amount) for pair in pairs}))
