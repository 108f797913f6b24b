"""Files that come in, read strictly: what cannot be read with certainty is refused by line, or said and asked, never guessed.

`table.read_table` is the way in for CSV files and workbooks, `text.read_json` for JSON; `cells` says what a cell may hold.
"""
