"""The metadata of SDV, read and written: ``SINGLE_TABLE_V1`` (V1), and the multi-table ``V1`` (V2) with one table.

SDV names what a column means (its *sdtype*), not how it is stored, so a schema read from it has no Arrow types until it
meets its table.

References
----------
SDV, "Metadata JSON", https://docs.sdv.dev/sdv/concepts/metadata/metadata-json
"""

from __future__ import annotations

from typing import Any

from synthdiff.errors import SchemaError

_VERSION_KEY = "METADATA_SPEC_VERSION"
_SINGLE_TABLE = "SINGLE_TABLE_V1"
_MULTI_TABLE = "V1"
_OLD_MULTI_TABLE = "MULTI_TABLE_V1"

_KIND_OF_SDTYPE = {
    "numerical": "numeric",
    "categorical": "categorical",
    "boolean": "boolean",
    "datetime": "datetime",
    "id": "identifier",
}
# What SDV calls unknown, or by the name of a personal detail ("email", "phone_number"), is nothing to learn from.
_OTHER_KIND = "text"
_PERSONAL_OF_SDTYPE = {
    "email": "email",
    "phone_number": "phone",
    "name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "address": "address",
    "street_address": "address",
    "company": "company",
    "url": "url",
    "uri": "url",
    "ipv4_address": "ip",
    "ipv6_address": "ip",
    "user_name": "user_name",
    "iban": "iban",
    "credit_card_number": "card",
    "ssn": "national_id",
    "passport_number": "national_id",
}
_SDTYPE_OF_KIND: dict[str, dict[str, Any]] = {
    "numeric": {"sdtype": "numerical"},
    "integer": {"sdtype": "numerical", "computer_representation": "Int64"},
    "duration": {"sdtype": "numerical"},
    "categorical": {"sdtype": "categorical"},
    "constant": {"sdtype": "categorical"},
    "boolean": {"sdtype": "boolean"},
    "datetime": {"sdtype": "datetime"},
    "date": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"},
    "time": {"sdtype": "datetime", "datetime_format": "%H:%M:%S"},
    "identifier": {"sdtype": "id"},
    "text": {"sdtype": "unknown", "pii": True},
    "empty": {"sdtype": "unknown", "pii": False},
}


def is_metadata(data: dict[str, Any]) -> bool:
    """Say whether a JSON object is SDV's metadata rather than a schema."""
    return _VERSION_KEY in data or "tables" in data or isinstance(data.get("columns"), dict)


def read_metadata(data: dict[str, Any]) -> dict[str, Any]:
    """Translate SDV's metadata.

    Parameters
    ----------
    data : dict
        V1 or V2.

    Returns
    -------
    dict
        A schema as plain JSON.

    Raises
    ------
    SchemaError
        The version is unknown, there is not exactly one table, or a column has no sdtype.
    """
    version = data.get(_VERSION_KEY, _MULTI_TABLE if "tables" in data else _SINGLE_TABLE)
    if version not in (_SINGLE_TABLE, _MULTI_TABLE, _OLD_MULTI_TABLE):
        raise SchemaError(f"{_VERSION_KEY} is {version!r}; {_SINGLE_TABLE!r} and {_MULTI_TABLE!r} can be read")
    table = data if version == _SINGLE_TABLE else _only_table(data)
    columns = table.get("columns")
    if not isinstance(columns, dict):
        raise SchemaError("the metadata have no columns")
    schema: dict[str, Any] = {"columns": [_read_column(name, facts) for name, facts in columns.items()]}
    key = table.get("primary_key")
    if isinstance(key, str):
        schema["primary_key"] = key
        # An e-mail address may be the key: it must be distinct rather than left empty.
        for column in schema["columns"]:
            column["kind"] = "identifier" if column["name"] == key else column["kind"]
    return schema


def write_metadata(schema: dict[str, Any], version: str, table: str) -> dict[str, Any]:
    """Translate a schema, as plain JSON, to SDV's metadata of a version, ``"V1"`` or ``"V2"``."""
    content: dict[str, Any] = {"columns": {column["name"]: _write_column(column) for column in schema["columns"]}}
    if "primary_key" in schema:
        content["primary_key"] = schema["primary_key"]
    if version == "V1":
        return {_VERSION_KEY: _SINGLE_TABLE, **content}
    return {_VERSION_KEY: _MULTI_TABLE, "tables": {table: content}, "relationships": []}


def _only_table(data: dict[str, Any]) -> dict[str, Any]:
    tables = data.get("tables")
    if not isinstance(tables, dict) or len(tables) != 1:
        names = ", ".join(map(repr, tables)) if isinstance(tables, dict) and tables else "none"
        raise SchemaError(f"the metadata must describe exactly one table, and describe: {names}")
    (table,) = tables.values()
    if not isinstance(table, dict):
        raise SchemaError("the metadata have no columns")
    return table


def _read_column(name: str, facts: Any) -> dict[str, Any]:
    if not isinstance(facts, dict) or not isinstance(facts.get("sdtype"), str):
        raise SchemaError(f"column {name!r} has no sdtype in the metadata", column=name)
    sdtype = facts["sdtype"]
    column = {
        "name": name,
        "kind": _KIND_OF_SDTYPE.get(sdtype, _OTHER_KIND),
        "why": f"SDV's metadata call it {sdtype}",
    }
    if isinstance(facts.get("datetime_format"), str):
        column["format"] = facts["datetime_format"]
    personal = _PERSONAL_OF_SDTYPE.get(sdtype)
    if personal is None and facts.get("pii") is True and sdtype not in (*_KIND_OF_SDTYPE, "unknown"):
        personal = "other"
    if personal is not None:
        column |= {"personal": personal, "pii": "keep" if facts.get("pii") is False else "regenerate"}
    return column


def _write_column(column: dict[str, Any]) -> dict[str, Any]:
    known = {personal: sdtype for sdtype, personal in reversed(_PERSONAL_OF_SDTYPE.items())}
    if column.get("pii") in ("regenerate", "null") and column.get("personal") in known:
        return {"sdtype": known[column["personal"]], "pii": True}
    facts = dict(_SDTYPE_OF_KIND[column["kind"]])
    if "format" in column:
        facts["datetime_format"] = column["format"]
    return facts
