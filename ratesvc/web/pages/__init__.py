"""HTML pages, one module each: queries views and renders a template."""

from flask import Blueprint

from ratesvc.web.pages import compare, currency, dashboards, overview, search, sources, spread, sql

blueprint = Blueprint("pages", __name__)
for page in (overview, currency, compare, spread, dashboards, sources, sql, search):
    blueprint.register_blueprint(page.blueprint)
