"""Reads report.xlsx, costs.parquet and invitations.parquet of a folder with openpyxl, pandas and DuckDB."""

import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pandas

FOLDER = Path(sys.argv[1])
REPORT = FOLDER / "report.xlsx"
DAYS = 7
failures = 0


def check(name, found, expected):
    global failures
    if found != expected:
        failures += 1
    print(f"{'ok     ' if found == expected else 'FAILED '} {name}" + ("" if found == expected else f": {found!r}, expected {expected!r}"))


formulas = openpyxl.load_workbook(REPORT)
values = openpyxl.load_workbook(REPORT, data_only=True)
costs, total = values["Costs"], DAYS + 2
check("openpyxl: days are dates", [c.is_date for c in costs["A"][1 : total - 1]], [True] * DAYS)
check("openpyxl: a format of dates", costs["A2"].number_format, "yyyy\\-mm\\-dd")
check("openpyxl: a format of money", costs["B2"].number_format, '"$"#,##0.00;\\-"$"#,##0.00')
check("openpyxl: the formula of a total", formulas["Costs"][f"B{total}"].value, f"=SUBTOTAL(109,B2:B{total - 1})")
amounts = [c.value for c in costs["B"][1 : total - 1]]
check("openpyxl: the total is the sum", costs[f"B{total}"].value, round(sum(amounts), 4))
check("openpyxl: the total is below the filter", costs.auto_filter.ref, f"A1:C{total - 1}")
row = {name.value: cell for name, cell in zip(values["Values"][1], values["Values"][2])}
check("openpyxl: a text that looks like a formula", (row["formula"].value, row["formula"].data_type), ("=1+1", "s"))
check("openpyxl: digits", (row["code"].value, row["long"].value), ("007", "12345678901234567"))
check("openpyxl: a boolean", row["yes"].value, True)
check("openpyxl: a day and a time", (row["day"].value, row["at"].value), (datetime(2026, 10, 1), datetime(2026, 10, 1, 2, 3, 4, 567000)))
check("openpyxl: NULL", row["missing"].value, None)
check("openpyxl: a number as it is", row["fraction"].value, 0.1 + 0.2)

frame = pandas.read_excel(REPORT, sheet_name="Costs", skipfooter=1)
check("pandas, xlsx: types", [str(t)[:10] for t in frame.dtypes], ["datetime64", "float64", "int64"])
check("pandas, xlsx: rows", (len(frame), frame["day"].min()), (DAYS, pandas.Timestamp("2026-10-01")))

parquet = pandas.read_parquet(FOLDER / "costs.parquet")
check("pandas, Parquet: a day", parquet["start_date"].iloc[0], date(2026, 10, 1))
check("pandas, Parquet: numbers", str(parquet["amount"].dtype), "float64")
times = pandas.read_parquet(FOLDER / "invitations.parquet")["expires_at"].dtype
check("pandas, Parquet: times", str(times), "datetime64[us, UTC]")


def types(name):
    rows = duckdb.sql(f"DESCRIBE SELECT * FROM '{FOLDER / name}'").fetchall()
    return {column: kind for column, kind, *_ in rows}


found = types("costs.parquet")
check(
    "DuckDB, Parquet: types",
    [found[name] for name in ("start_date", "end_date", "amount", "product", "resource")],
    ["DATE", "DATE", "DOUBLE", "VARCHAR", "JSON"],
)
check("DuckDB, Parquet: times", types("invitations.parquet")["expires_at"], "TIMESTAMP WITH TIME ZONE")
sys.exit(1 if failures else 0)
