"""What is measured on: generated sales as files, and the same and two other tables in the source server. Made when first
asked for, in the harness's folder."""
import os
import shutil

from peers_lib import shapes
from peers_lib.errors import BenchError

# All 17 shops have rows in each of these 13 months: 221 files.
_MONTHS = ("--from", "2025-08", "--months", "13")


class Data:
    """Of one size. `lines` are sales lines; the narrow and the wide table have a quarter as many rows."""

    def __init__(self, folder, binaries, programs, source, say, lines):
        self.lines = lines
        self.rows = max(1, lines // 4)
        self._folder = folder
        self._binaries = binaries
        self._programs = programs
        self._source = source
        self._say = say
        self._filled = set()

    def rows_of(self, shape):
        return self.lines if shape.rows_are_lines else self.rows

    def files(self, lines=None):
        """A folder with a CSV file for each shop and month, without a column for the shop."""
        return self._generate("files", lines or self.lines)

    def remove_files(self, lines):
        """Gives back the disk that files of another size take."""
        if lines != self.lines:
            shutil.rmtree(self._path("files", lines), ignore_errors=True)

    def one_file(self):
        """One CSV file with all shops and months mixed."""
        return os.path.join(self._generate("single", self.lines), "ventas.csv")

    def stores(self):
        """The `stores:` of a job over the files."""
        path = os.path.join(self._folder, "stores.yaml")
        if not os.path.exists(path):
            self._programs.run([f"{self._binaries}/decant-generate-retail", "--stores-yaml", path])
        return path

    def halves(self):
        """The one file in two; only the first has a header."""
        paths = [os.path.join(self._folder, f"half-{half}") for half in "ab"]
        if not os.path.exists(paths[1]):
            self._programs.run(["split", "-n", "l/2", "-a", "1", self.one_file(), os.path.join(self._folder, "half-")])
        return paths

    def parquet(self):
        """A folder with the files as Parquet, each with all 14 columns, compressed as DuckDB does by default."""
        folder = os.path.join(self._folder, "parquet")
        if os.path.exists(folder):
            return folder
        self._say("making the Parquet files …")
        partial = folder + ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        os.mkdir(partial)
        columns = shapes.duckdb_columns(shapes.SALES, without=("ubicacion_id",))
        statements = []
        for name in sorted(os.listdir(self.files())):
            if not name.endswith(".csv"):
                continue
            store = name.rsplit("_", 1)[0]
            statements.append(
                f"COPY (SELECT '{store}' AS ubicacion_id, * FROM read_csv('{self.files()}/{name}', header = true, "
                f"columns = {columns})) TO '{partial}/{name[:-4]}.parquet' (FORMAT parquet);")
        self._programs.run([f"{self._binaries}/decant-bench-sql", "duckdb::memory:", *statements])
        os.rename(partial, folder)
        return folder

    def source(self, shape):
        """The database of the source server that holds the table with its key, vacuumed and analysed; its URL."""
        if shape.database not in self._filled:
            self._say(f"filling the source table {shape.table} with {self.rows_of(shape):,} rows …")
            self._source.fresh_database(shape.database)
            if shape.rows_are_lines:
                fill = f"\\copy {shape.table} FROM '{self.one_file()}' CSV HEADER"
            else:
                fill = shapes.fill_sql(shape, self.rows)
            self._source.sql(shape.database, shape.ddl(), fill, shape.key_ddl())
            self.settle_source(shape)
            self._filled.add(shape.database)
        return self._source.url(shape.database)

    def settle_source(self, shape):
        """After rows of the source have changed: no reader has to set their hint bits, and nothing waits to be written."""
        self._source.sql(shape.database, f"VACUUM (ANALYZE) {shape.table}", "CHECKPOINT")

    def halves_sql(self, shape):
        """SELECTs of the two halves of a source table, by its blocks."""
        pages = self._source.sql(shape.database, f"SELECT pg_relation_size('{shape.table}') / 8192")
        middle = f"'({int(pages) // 2},0)'"
        return [f"SELECT * FROM {shape.table} WHERE ctid {by} {middle}" for by in ("<", ">=")]

    def _path(self, layout, lines):
        return os.path.join(self._folder, f"{layout}-{lines}")

    def _generate(self, layout, lines):
        folder = self._path(layout, lines)
        if not os.path.exists(os.path.join(folder, "truth.json")):
            self._say(f"generating {lines:,} sales lines ({layout}) …")
            self._programs.run([f"{self._binaries}/decant-generate-retail", "--out", folder, "--lines", str(lines),
                                "--layout", layout, *_MONTHS])
            if not os.path.exists(os.path.join(folder, "truth.json")):
                raise BenchError("decant-generate-retail has made no data.")
        return folder
