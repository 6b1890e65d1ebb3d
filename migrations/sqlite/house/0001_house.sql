-- What a house keeps. Table by table: ../../README.md.

CREATE TABLE head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL CHECK (size >= 0)
) STRICT;

INSERT INTO head (id, size) VALUES (1, 0);

CREATE TABLE record (
    log_index       INTEGER PRIMARY KEY CHECK (log_index >= 0),
    recorded_at_us  INTEGER NOT NULL,
    person          TEXT    NOT NULL,
    authority       TEXT    NOT NULL,
    owner_authority TEXT,
    case_alias      TEXT,
    kind            TEXT    NOT NULL,
    leaf            BLOB    NOT NULL CHECK (length(leaf) BETWEEN 1 AND 65535)
) STRICT;

-- The row's number, which is log_index, ends an index by itself.
CREATE INDEX record_case_alias ON record (case_alias) WHERE case_alias IS NOT NULL;

CREATE TABLE content (
    log_index INTEGER NOT NULL CHECK (log_index >= 0),
    field     TEXT    NOT NULL,
    key_id    TEXT    NOT NULL,
    sealed    BLOB    NOT NULL,
    PRIMARY KEY (log_index, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
    level      INTEGER NOT NULL CHECK (level >= 0),
    tile_index INTEGER NOT NULL CHECK (tile_index >= 0),
    bytes      BLOB    NOT NULL CHECK (length(bytes) = 8192),
    PRIMARY KEY (level, tile_index)
) STRICT;

CREATE TABLE request (
    request_id     BLOB    NOT NULL CHECK (length(request_id) = 16),
    person         TEXT    NOT NULL,
    keyed_hash     BLOB    NOT NULL CHECK (length(keyed_hash) = 32),
    log_index      INTEGER NOT NULL CHECK (log_index >= 0),
    outcome        TEXT    NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    PRIMARY KEY (request_id, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    size           INTEGER PRIMARY KEY CHECK (size > 0),
    note           TEXT    NOT NULL,
    recorded_at_us INTEGER NOT NULL
) STRICT;

CREATE TRIGGER record_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'record is append-only'); END;
CREATE TRIGGER record_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'record is append-only'); END;
CREATE TRIGGER content_update BEFORE UPDATE ON content BEGIN SELECT RAISE(ABORT, 'content is append-only'); END;
CREATE TRIGGER content_delete BEFORE DELETE ON content BEGIN SELECT RAISE(ABORT, 'content is append-only'); END;
CREATE TRIGGER tile_update BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'tile is append-only'); END;
CREATE TRIGGER tile_delete BEFORE DELETE ON tile BEGIN SELECT RAISE(ABORT, 'tile is append-only'); END;
CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
CREATE TRIGGER head_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'head only grows'); END;
CREATE TRIGGER head_update BEFORE UPDATE ON head WHEN NEW.size <= OLD.size BEGIN SELECT RAISE(ABORT, 'head only grows'); END;
