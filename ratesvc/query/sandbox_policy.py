"""Allowlist for public SQL: one SELECT over the service's tables, with functions that only compute.

A statement is checked by its parse tree from DuckDB's own parser: anything not listed here is refused, including
features of later DuckDB versions. If a check is wrong, the operating system's limits, set by sandbox_worker.py and
quack_server.py, still apply.
"""

import json
import threading
from typing import Any

import duckdb

from ratesvc.query import catalog

LONGEST = 10_000
"""Greatest length of a statement, in characters."""

# Allowed node types. Left out on purpose: RECURSIVE_CTE_NODE, and PIVOT, whose parts are in other places of the tree.
NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"}
PLACES = {"BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "SHOW_REF"}
EXPRESSIONS = {
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA",
    "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "WINDOW",
}  # fmt: skip
INFORMATION = {"duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions"}
"""Functions that describe the tables. Others would reveal file paths or other clients' statements."""
INFORMATION_SCHEMA = {"schemata", "tables", "columns"}
"""The same in standard SQL, used by an ATTACH over the network."""

_FUNCTIONS = """
+ - * / // % ** ^ @ & | ~ << >> || ~~ !~~ ~~* !~~* ~~~ ->> -> ^@ <-> && @> <@ like_escape not_like_escape ilike_escape
not_ilike_escape

any_value approx_count_distinct approx_quantile arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg
arbitrary avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp
entropy favg first fsum geomean geometric_mean group_concat histogram kahan_sum kurtosis kurtosis_pop last list
listagg mad max max_by mean median min min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy
regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp
string_agg sum sumkahan var_pop var_samp variance wavg weighted_avg

cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number

abs acos acosh add asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp factorial fdiv
floor fmod gamma gcd greatest isfinite isinf isnan lcm least lgamma ln log log10 log2 mod multiply nextafter pi pow
power radians random round round_even roundbankers sign signbit sin sinh sqrt subtract tan tanh trunc

ascii bar bin bit_count bit_length char_length character_length chr concat concat_ws contains damerau_levenshtein
editdist3 ends_with format format_bytes formatreadabledecimalsize formatreadablesize from_hex hash hex instr jaccard
jaro_similarity jaro_winkler_similarity lcase left len length levenshtein lower lpad ltrim md5 nfc_normalize ord
position prefix printf regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches
regexp_replace regexp_split_to_array repeat replace reverse right rpad rtrim sha1 sha256 split split_part
starts_with str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos
substr substring suffix to_base to_hex translate trim ucase unhex unicode upper

age ago century current_date current_localtime current_localtimestamp current_timestamp date_add date_diff date_part
date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month
decade epoch epoch_ms epoch_ns epoch_us era get_current_timestamp hour isodow isoyear julian last_day make_date
make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond
minute month monthname nanosecond now quarter second strftime strptime time_bucket timezone timezone_hour
timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_milliseconds to_minutes to_months
to_quarters to_seconds to_timestamp to_weeks to_years today try_strptime week weekday weekofyear year yearweek

aggregate apply array_append array_concat array_contains array_distinct array_extract array_filter array_has
array_intersect array_length array_position array_reverse array_slice array_sort array_to_string array_transform
array_unique array_value element_at equi_width_bins flatten generate_series grade_up list_aggregate list_append
list_avg list_concat list_contains list_count list_distinct list_element list_extract list_filter list_first list_has
list_has_all list_has_any list_intersect list_last list_max list_median list_min list_mode list_pack list_position
list_prepend list_product list_reduce list_resize list_reverse list_reverse_sort list_select list_slice list_sort
list_stddev_pop list_stddev_samp list_sum list_transform list_unique list_value list_var_pop list_var_samp list_where
list_zip map map_concat map_contains map_entries map_extract map_extract_value map_from_entries map_keys map_values
range row struct_extract struct_extract_at struct_insert struct_keys struct_pack struct_values unnest

json json_array json_array_length json_contains json_exists json_extract json_extract_path json_extract_path_text
json_extract_string json_group_array json_group_object json_keys json_object json_pretty json_quote json_type
json_valid json_value row_to_json to_json

coalesce error if ifnull nullif typeof
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Pure functions: operators; aggregates; windows; numbers; text; time; lists, maps and structs; JSON; others."""


ROWS = frozenset({"generate_series", "range", "unnest"})
"""Table functions. Some others share the name of a pure function, but read a table by its name."""
_DEEP = "the statement is nested too deeply"


class NotAllowedError(Exception):
    """The statement is not allowed; the message says why."""


class Policy:
    """Checks statements for one database, with its tables and macros at construction. Thread-safe."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._parser = connection.cursor()
        self._parsing = threading.Lock()
        [(name,)] = connection.execute("SELECT current_database()").fetchall()
        schema, database = {"", "main"}, {"", str(name)}
        self._prefixes = {"schema": schema, "schema_name": schema, "catalog": database, "catalog_name": database}
        self._tables = {relation.name for relation in catalog.relations(connection)}
        macros = {macro.name for macro in catalog.macros(connection)}
        self._functions = FUNCTIONS | macros | INFORMATION
        self._rows = ROWS | macros | INFORMATION

    def check(self, sql: str) -> None:
        """Raise NotAllowedError unless it is one SELECT over the tables, views and macros of the database."""
        if len(sql) > LONGEST:
            raise NotAllowedError(f"the statement has more than {LONGEST:,} characters")
        with self._parsing:
            [(serialized,)] = self._parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
        try:
            tree = json.loads(serialized)
            if tree["error"]:
                if tree["error_type"] == "not implemented":
                    raise NotAllowedError("only SELECT is answered here")
                raise NotAllowedError(tree["error_message"])
            if len(tree["statements"]) != 1:
                raise NotAllowedError("one statement at a time")
            self._check(tree["statements"][0]["node"], frozenset())
        except RecursionError:
            raise NotAllowedError("the statement is nested too deeply") from None

    def _check(self, part: object, named: frozenset[str]) -> None:
        """Raise NotAllowedError for anything in a part that is not listed. named: names defined by WITH so far."""
        if isinstance(part, list):
            for each in part:
                self._check(each, named)
            return
        if not isinstance(part, dict):
            return
        if "cte_map" in part:
            # In order: a name refers to a CTE only after its definition; before that it might be a file.
            for cte in part["cte_map"]["map"]:
                self._check(cte["value"], named)
                named |= {cte["key"].lower()}
        self._check_itself(part, named)
        if part.get("class") == "CONSTANT":
            return  # Its content is a value.
        for name, each in part.items():
            if name != "cte_map":
                self._check(each, named)

    def _check_itself(self, part: dict[str, Any], named: frozenset[str]) -> None:
        if "class" in part:
            if part["class"] not in EXPRESSIONS:
                raise NotAllowedError(f"{_word(part['class'])} is not answered here")
        elif str(part.get("type", "")).endswith("_NODE"):
            if part["type"] not in NODES:
                raise NotAllowedError(f"{_word(part['type'].removesuffix('_NODE'))} is not answered here")
        elif "query_location" in part and "alias" in part and part.get("type") not in PLACES:
            raise NotAllowedError(f"{_word(part.get('type'))} is not answered here")
        if part.get("type") == "BASE_TABLE" and part["schema_name"].lower() == "information_schema":
            if part["table_name"].lower() not in INFORMATION_SCHEMA or part["catalog_name"]:
                raise NotAllowedError(f"information_schema.{_word(part['table_name'])} is not answered here")
            return
        for key, allowed in self._prefixes.items():
            if str(part.get(key, "")).lower() not in allowed:
                raise NotAllowedError(f"there is no database or schema {_word(part[key])} here")
        if "function_name" in part and part["function_name"].lower() not in self._functions:
            raise NotAllowedError(
                f"the function {_word(part['function_name'])} is not one of those that are answered here"
            )
        if part.get("type") == "BASE_TABLE":
            table = part["table_name"].lower()
            # A CTE has no schema: main.x would be another table, perhaps DuckDB's own.
            is_cte = table in named and not part["schema_name"] and not part["catalog_name"]
            if table not in self._tables and not is_cte:
                raise NotAllowedError(f"there is no table or view {_word(part['table_name'])} here")
            if part.get("at_clause"):
                raise NotAllowedError("AT is not answered here")
        if part.get("type") == "TABLE_FUNCTION" and part["function"].get("function_name", "").lower() not in self._rows:
            raise NotAllowedError(
                f"the table function {_word(part['function'].get('function_name'))} is not answered here"
            )
        if part.get("type") == "SHOW_REF" and part.get("query") is None:
            raise NotAllowedError("SHOW is not answered here; DESCRIBE is")


def _word(name: object) -> str:
    """Return a name that is safe to print in an answer."""
    text = str(name)
    return text if text.isprintable() and len(text) <= 60 else "of that name"
