-- A message's key is one number, its place: the room's key in front of the seq, which has 40 bits.
-- They are ordered as before, so that a page of a room lies together. But in a table WITHOUT ROWID a
-- text of a kilobyte has a page of its own outside the tree, and growing at its end splits pages in
-- halves. The kind is compared as it is, since a list of three makes SQLite build a table of it for
-- each message.
-- There is a place for everything: only an import of something made up can have had more.
CREATE TABLE bound (
    fits INTEGER NOT NULL CONSTRAINT "a room with more messages than there are places" CHECK (fits)
) STRICT;
INSERT INTO bound
SELECT count(*) = 0 FROM room WHERE key >> 23 <> 0 OR head >> 39 <> 0 OR first >> 39 <> 0;
DROP TABLE bound;

CREATE TABLE placed (
    place INTEGER PRIMARY KEY,
    room INTEGER NOT NULL GENERATED ALWAYS AS (place >> 40) VIRTUAL REFERENCES room (key),
    seq INTEGER NOT NULL GENERATED ALWAYS AS (place & 0xffffffffff) VIRTUAL,
    kind TEXT NOT NULL CHECK (kind = 'TALK' OR kind = 'ENTER' OR kind = 'LEAVE'),
    sender TEXT NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    message TEXT NOT NULL,
    author BLOB,
    edits INTEGER,
    deletes INTEGER,
    edited_at INTEGER,
    edited_by INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO placed (place, kind, sender, id, at, message, author,
                    edits, deletes, edited_at, edited_by, deleted)
SELECT (room << 40) + seq, kind, sender, id, at, message, author,
       edits, deletes, edited_at, edited_by, deleted
FROM message ORDER BY room, seq;

DROP TABLE message;

ALTER TABLE placed RENAME TO message;

CREATE UNIQUE INDEX message_once ON message (id, room, sender);

CREATE INDEX message_presence ON message (room, sender, seq, kind) WHERE kind <> 'TALK';
