"""Rows of a table and layers beside them, of equal length and order: one view over all.

A layer is a narrow table in memory; the rows themselves are never copied. The database reads the
columns that a statement names and no others, and stored rows and layers as compressed as they are.
What follows from other columns row by row is computed where it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from pipeline.store import quote

RECORD = "record_id"  # every layer has it
MEMORY = "edit_layers"  # a temporary table would not be compressed


class Layers:
    """Some rows and the layers beside them; `name` is what to read them by."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], source: str
    ) -> None:
        """Begin with the rows alone.

        Args:
            con: where the rows are.
            name: begins the names of all that is made.
            columns: each with its SQL; `record_id` names a row and ascends.
            source: what follows FROM.
        """
        self.con = con
        self._view = name
        self._is_seen = False  # whether the view shows every layer
        self._layers = [f"{name}_0"]
        self._made = [f"VIEW {name}_0"]
        self._layer_of = dict.fromkeys(columns, f"{name}_0")
        self._said: dict[str, str] = {}
        cells = ", ".join(f"{sql} AS {quote(column)}" for column, sql in columns.items())
        con.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {MEMORY} (COMPRESS)")
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name}_0 AS SELECT {cells} FROM {source}")

    @property
    def name(self) -> str:
        """The view over all layers, or the only one: a view costs its binding at every reading."""
        if len(self._layers) == 1 and not self._said:
            return self._layers[0]
        if not self._is_seen:
            select = self._select(self._layer_of, self._said)
            self.con.execute(f"CREATE OR REPLACE TEMP VIEW {self._view} AS {select}")
            self._is_seen = True
        return self._view

    def _select(self, stored: Iterable[str], said: Iterable[str]) -> str:
        """The SELECT of some columns from the layers that hold them."""
        rows, *_ = self._layers
        layer_of = {name: self._layer_of[name] for name in stored}
        others = dict.fromkeys(layer for name, layer in layer_of.items() if name != RECORD)
        if len(others) == 1:
            (source,) = others
            cells = ", ".join(map(quote, layer_of))
        else:
            beside = [layer for layer in others if layer != rows]
            # Without an offset the database would read all in step, and unpack each text that it
            # holds once for many rows.
            source = " POSITIONAL JOIN ".join([f"(FROM {rows} OFFSET 0) AS own", *beside])
            places = {name: "own" if at == rows else at for name, at in layer_of.items()}
            cells = ", ".join(f"{place}.{quote(name)}" for name, place in places.items())
        select = f"SELECT {cells} FROM {source}"
        computed = "".join(f", {self._said[name]} AS {quote(name)}" for name in said)
        return f"SELECT *{computed} FROM ({select})" if computed else select

    def narrowed(self, statement: str) -> str:
        """A SELECT from `name` that binds the columns which it names and not all there are."""
        if len(self._layers) == 1 and not self._said:
            return f"({statement})"
        said = [name for name in self._said if quote(name) in statement]
        texts = " ".join([statement, *(self._said[name] for name in said)])
        stored = [name for name in self._layer_of if quote(name) in texts]
        return f"(WITH {self.name} AS NOT MATERIALIZED ({self._select(stored, said)}) {statement})"

    @property
    def columns(self) -> list[str]:
        """What the view has."""
        return [*self._layer_of, *self._said]

    def add(self, select: str) -> str:
        """Lay what a SELECT gives beside the rows and return the layer's name.

        It gives a record_id for each of the rows; a column that is there already is replaced.
        """
        layer = self._make(f"SELECT * FROM ({select}) ORDER BY {RECORD}")
        described = self.con.execute(f"DESCRIBE {layer}").fetchall()
        self._layers.append(layer)
        self._layer_of |= {name: layer for name, *_ in described if name != RECORD}
        self._is_seen = False
        apart = f"{self._layers[0]}.{RECORD} IS DISTINCT FROM {layer}.{RECORD}"
        pair = f"{self._layers[0]} POSITIONAL JOIN {layer}"
        wrong = self.con.execute(f"SELECT count(*) FROM {pair} WHERE {apart}").fetchall()
        assert wrong == [(0,)], "a layer lies beside other rows"
        return layer

    def derive(self, said: Mapping[str, str]) -> None:
        """Let each column be what its SQL says over the columns there are."""
        self._said |= {name: sql for name, sql in said.items() if name not in self._layer_of}
        self._is_seen = False

    def gather(self) -> None:
        """Copy all into one table: of few rows that costs less than binding the view often."""
        layer = self._make(f"FROM {self.name}")
        self._layers = [layer]
        self._layer_of = dict.fromkeys(self.columns, layer)
        self._said = {}
        self._is_seen = False

    def _make(self, select: str) -> str:
        """A table of what a SELECT gives; its name."""
        layer = f"{MEMORY}.{self._view}_{len(self._made)}"
        self.con.execute(f"CREATE OR REPLACE TABLE {layer} AS {select}")
        self.con.execute(f"CHECKPOINT {MEMORY}")  # what compresses it
        self._made.append(f"TABLE {layer}")
        return layer

    def drop(self) -> None:
        """Forget the layers; nothing of the rows is lost."""
        self.con.execute(f"DROP VIEW IF EXISTS {self._view}")
        for relation in reversed(self._made):
            self.con.execute(f"DROP {relation}")
