"""What the settings say of a recording's tables: their names, their columns, their sides."""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, Field, model_validator

TableName: TypeAlias = Literal["book", "trades"]
TABLES: tuple[TableName, ...] = ("book", "trades")
Word: TypeAlias = bool | int | str


class _Table(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """A table of settings."""


class Tables(_Table, frozen=True):
    """What the two tables of a recording are called in the file."""

    book: str = Field(default="book", description="table or view of the book; empty: there is none")
    trades: str = Field(
        default="trades", description="table or view of the trades; empty: there is none"
    )


class _Common(_Table, frozen=True):
    id: str | None = Field(default=None, description="whole numbers in the order of the rows")
    timestamp: str | None = Field(default=None, description="the exchange's time")
    instrument: str | None = Field(default=None, description="where a file may have several")
    price: str | None = Field(
        default=None, description="of a trade, or of a table with one level a row"
    )
    size: str | None = Field(
        default=None, description="of a trade, or of a table with one level a row"
    )
    side: str | None = Field(
        default=None, description="of a trade, or of a table with one level a row"
    )


class BookColumns(_Common, frozen=True):
    """What stands for the columns of the book."""

    bids: str | None = Field(default=None, description="the levels that changed")
    asks: str | None = Field(default=None, description="the levels that changed")
    action: str | None = Field(
        default=None, description="a word that says which rows are snapshots"
    )
    is_snapshot: str | None = Field(
        default=None, description="a flag, 1 or true, that says which rows are snapshots"
    )
    seq_id: str | None = Field(default=None, description="the feed's number of the row")
    prev_seq_id: str | None = Field(default=None, description="the feed's number of the row before")
    orders: str | None = Field(
        default=None, description="how many orders stand at a level, of a table with one a row"
    )


class TradeColumns(_Common, frozen=True):
    """What stands for the columns of the trades."""

    trade_id: str | None = Field(default=None, description="the exchange's own")


class Columns(BookColumns, TradeColumns, frozen=True):
    """What stands for columns of both tables, or of one of them."""

    book: BookColumns | None = Field(default=None, description="columns of the book alone")
    trades: TradeColumns | None = Field(default=None, description="columns of the trades alone")


class Sides(_Table, frozen=True):
    """The words for the sides of trades, and of a table with one level a row."""

    buy: tuple[Word, ...] = Field(default=("buy",), description="what stands for buy, in any case")
    sell: tuple[Word, ...] = Field(
        default=("sell",), description="what stands for sell, in any case"
    )
    maker: bool = Field(default=False, description="the side of a trade is its maker's")

    @model_validator(mode="after")
    def _one_side_a_word(self) -> Self:
        both = {str(word).lower() for word in self.buy} & {str(word).lower() for word in self.sell}
        if both:
            raise ValueError(f"{min(both)!r} stands for both sides")
        return self


class Layout(_Table, frozen=True):
    """How the tables of files are to be understood."""

    tables: Tables = Tables()
    columns: Columns = Columns()
    sides: Sides = Sides()

    def name(self, table: TableName) -> str:
        """Return what a table is called."""
        return str(getattr(self.tables, table))

    def own(self, table: TableName, column: str) -> str | None:
        """Return what is said of a column of this table alone."""
        return getattr(getattr(self.columns, table), column, None)

    def shared(self, column: str) -> str | None:
        """Return what is said of a column of either table."""
        return getattr(self.columns, column, None)


PLAIN = Layout()
