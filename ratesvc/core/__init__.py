"""What every stage knows: currencies, sources' calendars, observations, settings, errors."""
