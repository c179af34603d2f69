"""The three tables that are measured: sales lines, a narrow one and a wide one. Each is a database of the source server."""
from dataclasses import dataclass

_SALES = {
    "ubicacion_id": "text", "fecha": "timestamp", "venta_id": "bigint", "linea": "integer", "producto_id": "text",
    "codigo_barra": "text", "descripcion": "text", "categoria": "text", "cantidad": "decimal(18,3)",
    "precio_unitario": "decimal(18,4)", "descuento": "decimal(18,4)", "total": "decimal(18,4)", "cliente_id": "text",
    "cajero": "text"}

_NARROW = {"id": "bigint", "cuenta": "integer", "cantidad": "decimal(12,3)", "importe": "decimal(14,2)"}

_WIDE_OTHERS = ("bigint", "integer", "decimal(14,2)", "timestamp", "date", "smallint", "decimal(18,6)")


def _wide_columns():
    """An id and 59 more: every other one text, so that 30 are."""
    columns = {"id": "bigint"}
    for i in range(1, 60):
        columns[f"c{i:02}"] = "text" if i % 2 else _WIDE_OTHERS[i // 2 % len(_WIDE_OTHERS)]
    return columns


@dataclass(frozen=True)
class Shape:
    """A table: its database and name, its columns with PostgreSQL's types, its key, and how a job cuts it into chunks."""
    database: str
    table: str
    columns: dict
    key: tuple
    range_key: str
    rows_are_lines: bool = False

    def ddl(self):
        """Columns of the key are NOT NULL from the start, so that building it needs no look at every row."""
        parts = [f"{name} {kind}{' NOT NULL' if name in self.key else ''}" for name, kind in self.columns.items()]
        return f"CREATE TABLE {self.table} ({', '.join(parts)})"

    def key_ddl(self):
        return f"ALTER TABLE {self.table} ADD PRIMARY KEY ({', '.join(self.key)})"


SALES = Shape("sales", "ventas_raw", _SALES, ("ubicacion_id", "fecha", "venta_id", "linea"), "time: fecha",
              rows_are_lines=True)
NARROW = Shape("narrow", "narrow", _NARROW, ("id",), "key: id")
WIDE = Shape("wide", "wide", _wide_columns(), ("id",), "key: id")


def fill_sql(shape, rows):
    """A statement that makes `rows` rows of the narrow or the wide table, the same on every machine."""
    values = [_value(place, kind) for place, kind in enumerate(shape.columns.values())]
    return f"INSERT INTO {shape.table} SELECT {', '.join(values)} FROM generate_series(1, {rows}) AS i"


def _value(place, kind):
    if place == 0:
        return "i"
    mixed = f"(hashint8(i * 61 + {place})::bigint + 2147483648)"
    if kind == "text":
        value = f"left(md5((i * 61 + {place})::text), {4 + place * 7 % 27})"
    else:
        value = {
            "bigint": f"{mixed} * 1000003",
            "integer": f"({mixed} % 2000000)::integer",
            "smallint": f"({mixed} % 30000)::smallint",
            "date": f"date '2020-01-01' + ({mixed} % 2000)::integer",
            "timestamp": f"timestamp '2020-01-01' + ({mixed} % 200000000) * interval '1 second'",
        }.get(kind) or f"({mixed} % 1000000000)::decimal / {_unit(kind)}"
    # Two columns of five have no value in most rows; narrow tables have one in each.
    return f"CASE WHEN {mixed} % 10 < 7 THEN NULL ELSE {value} END" if place > 3 and place % 5 < 2 else value


def _unit(kind):
    """What a whole number is divided by to have all digits after the point that the type has."""
    return 10 ** int(kind.rstrip(")").split(",")[1])


def duckdb_columns(shape, without=()):
    """The `columns` of DuckDB's read_csv."""
    return "{" + ", ".join(f"'{name}': '{kind.upper()}'" for name, kind in shape.columns.items()
                           if name not in without) + "}"


def job_types(shape, without=()):
    """The `columns:` of a job over text files."""
    names = {"bigint": "int64", "integer": "int32"}
    return ", ".join(f"{name}: \"{names.get(kind, kind)}\"" for name, kind in shape.columns.items() if name not in without)
