-- The room's row follows its newest message by itself, so that a message is one statement, and one
-- statement is a transaction of its own: the writer is woken once for it and not four times.
CREATE TRIGGER message_is_newest AFTER INSERT ON message BEGIN
    UPDATE room SET head = NEW.seq, last_at = NEW.at WHERE key = NEW.room;
END;
