-- Who wrote a line, as a digest of a secret that only the author has. Lines from before have none,
-- and nobody can change them.
ALTER TABLE message ADD COLUMN author bytea;

-- A line that changes another one names its seq.
ALTER TABLE message ADD COLUMN edits bigint;
ALTER TABLE message ADD COLUMN deletes bigint;

-- What was changed: when, and by which line last.
ALTER TABLE message ADD COLUMN edited_at bigint;
ALTER TABLE message ADD COLUMN edited_by bigint;

-- The text was erased and only the place is left.
ALTER TABLE message ADD COLUMN deleted boolean NOT NULL DEFAULT FALSE;

-- The seq of the first message that the room still keeps.
ALTER TABLE room ADD COLUMN first bigint NOT NULL DEFAULT 1;
