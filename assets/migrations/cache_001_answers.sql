-- One row for each call that was answered. result comes last, so that reading
-- the other columns leaves the pages of long results alone.
CREATE TABLE answers (
    id        INTEGER PRIMARY KEY,
    key       TEXT NOT NULL UNIQUE,
    release   TEXT NOT NULL,
    called_at INTEGER NOT NULL, -- nanoseconds since 1970, UTC
    used_at   INTEGER NOT NULL, -- seconds since 1970, UTC; lags behind by up to an hour
    cost_usd  REAL NOT NULL,
    bytes     INTEGER NOT NULL, -- of result
    result    BLOB NOT NULL
);
CREATE INDEX answers_by_use ON answers (used_at);
