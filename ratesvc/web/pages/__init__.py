"""The pages that people look at: one module each, which asks views and composes a template."""

from flask import Blueprint

from ratesvc.web.pages import compare, currency, dashboards, overview, sources, spread, sql

blueprint = Blueprint("pages", __name__)
for page in (overview, currency, compare, spread, dashboards, sources, sql):
    blueprint.register_blueprint(page.blueprint)
