CREATE TABLE genops_chunks (
	run TEXT NOT NULL,
	chunk BIGINT NOT NULL,
	first BIGINT NOT NULL,
	items BIGINT NOT NULL,
	layer TEXT NOT NULL,
	settings TEXT NOT NULL,
	owner TEXT NOT NULL DEFAULT '',
	epoch BIGINT NOT NULL DEFAULT 0,
	lease BIGINT NOT NULL DEFAULT 0,
	state TEXT NOT NULL DEFAULT 'open',
	why TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (run, chunk)
);
CREATE INDEX genops_chunks_open ON genops_chunks (layer, run, chunk) WHERE state = 'open';
CREATE TABLE genops_requests (
	run TEXT NOT NULL,
	seq BIGINT NOT NULL,
	planned TEXT NOT NULL,
	PRIMARY KEY (run, seq)
);
CREATE TABLE genops_calls (
	run TEXT NOT NULL,
	seq BIGINT NOT NULL,
	id TEXT NOT NULL,
	key TEXT NOT NULL,
	sends BIGINT NOT NULL,
	result TEXT,
	PRIMARY KEY (run, seq)
);
