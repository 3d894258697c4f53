-- The writer calls SQLite from its own thread, so that statements cost what they do: it moves a room
-- once for all the messages of a batch, where this did it for each of them.
DROP TRIGGER message_is_newest;
