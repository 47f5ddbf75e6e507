-- One row for each call of a run. state: 1 = sent, 2 = done.
-- A request without a row was never sent; a row that is still 1 when a run is
-- opened is ambiguous. result is the judged result as JSON, set with state 2.
CREATE TABLE calls (
  seq    INTEGER PRIMARY KEY,
  id     TEXT    NOT NULL,
  key    TEXT    NOT NULL,
  state  INTEGER NOT NULL,
  sends  INTEGER NOT NULL,
  result TEXT
);
