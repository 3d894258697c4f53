-- Who wrote a line, as a digest of a secret that only the author has. Lines from before have none,
-- and nobody can change them.
ALTER TABLE message ADD COLUMN author BLOB;

-- A line that changes another one names its seq.
ALTER TABLE message ADD COLUMN edits INTEGER;
ALTER TABLE message ADD COLUMN deletes INTEGER;

-- What was changed: when, and by which line last.
ALTER TABLE message ADD COLUMN edited_at INTEGER;
ALTER TABLE message ADD COLUMN edited_by INTEGER;

-- The text was erased and only the place is left.
ALTER TABLE message ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

-- The seq of the first message that the room still keeps.
ALTER TABLE room ADD COLUMN first INTEGER NOT NULL DEFAULT 1;
