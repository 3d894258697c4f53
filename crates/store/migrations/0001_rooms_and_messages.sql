-- "RmSd": so that `file` and we can tell our database from another program's.
PRAGMA application_id = 0x526d5364;

CREATE TABLE room (
    -- What messages refer to instead of the id, which may take 256 bytes.
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Times are milliseconds since 1970, UTC.
    created_at INTEGER NOT NULL,
    -- The seq of the newest message, and when it was taken.
    head INTEGER NOT NULL DEFAULT 0,
    last_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Stored in the order in which it is read, so that a page of a room lies together.
CREATE TABLE message (
    room INTEGER NOT NULL REFERENCES room (key),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ENTER', 'TALK', 'LEAVE')),
    sender TEXT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- Finds the message that is sent again. The id leads: ids of version 7 grow with time, so new
-- entries go to the end of the index whatever room they are for.
CREATE UNIQUE INDEX message_once ON message (id, room, sender);

-- Who came and went, which is little beside what was said.
CREATE INDEX message_presence ON message (room, sender, seq, kind) WHERE kind <> 'TALK';

INSERT INTO room (key, id, name, created_at)
VALUES (1, 'lobby', 'lobby', CAST(unixepoch('subsec') * 1000 AS INTEGER));
