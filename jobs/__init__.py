"""Scheduled jobs, one module each, with a docstring, SCHEDULE, MAY_OVERRUN and run().

SCHEDULE is a cron line in UTC with weekdays by name. run() is called with the store already open in
this process; a job that writes gets it from `store.writing()`.
"""
