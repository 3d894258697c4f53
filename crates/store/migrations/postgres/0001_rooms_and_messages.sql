-- One log's own name, and who wrote last.
CREATE TABLE log (
    only_one int PRIMARY KEY DEFAULT 1 CHECK (only_one = 1),
    epoch text NOT NULL,
    -- The connection that wrote last. Every transaction that writes locks this row first, so that
    -- several servers write one after the other, and each sees by it whether what it remembers
    -- still holds.
    writer uuid
);
-- So that we can tell our tables from another program's.
COMMENT ON TABLE log IS 'roomside';

CREATE TABLE room (
    -- What messages refer to instead of the id, which may take 256 bytes.
    key bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    -- Times are milliseconds since 1970, UTC.
    created_at bigint NOT NULL,
    -- The seq of the newest message, and when it was taken.
    head bigint NOT NULL DEFAULT 0,
    last_at bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- A busy room's row changes with every commit, and finds place in its page.

-- No foreign key: it would look into `room` for every line again, and the one who writes knows
-- the room already.
CREATE TABLE message (
    room bigint NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ENTER', 'TALK', 'LEAVE')),
    sender text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    at bigint NOT NULL,
    -- UTF-8. A text of PostgreSQL's cannot hold the character U+0000, which a line may have:
    -- convert_from(message, 'UTF8') reads all others.
    message bytea NOT NULL,
    PRIMARY KEY (room, seq)
);

-- Finds the message that is sent again. The id leads: ids of version 7 grow with time, so new
-- entries go to the end of the index whatever room they are for.
CREATE UNIQUE INDEX message_once ON message (id, room, sender);

-- Who came and went, which is little beside what was said.
CREATE INDEX message_presence ON message (room, sender, seq DESC) WHERE kind <> 'TALK';

INSERT INTO log (epoch) VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 16));

INSERT INTO room (key, id, name, created_at)
VALUES (1, 'lobby', 'lobby', (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
