-- One log's own name, made once: what clients counted in another log means nothing in this one.
CREATE TABLE log (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    epoch TEXT NOT NULL
) STRICT;

INSERT INTO log (only, epoch) VALUES (1, lower(hex(randomblob(8))));
