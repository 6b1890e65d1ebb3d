-- What a house keeps. Table by table: ../../README.md.

CREATE TABLE head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL CHECK (size >= 0)
);

INSERT INTO head (id, size) VALUES (1, 0);

CREATE TABLE record (
    log_index       BIGINT PRIMARY KEY CHECK (log_index >= 0),
    recorded_at_us  BIGINT NOT NULL,
    person          TEXT   NOT NULL,
    authority       TEXT   NOT NULL,
    owner_authority TEXT,
    case_alias      TEXT,
    kind            TEXT   NOT NULL,
    leaf            BYTEA  NOT NULL CHECK (length(leaf) BETWEEN 1 AND 65535)
);

CREATE INDEX record_case_alias ON record (case_alias, log_index) WHERE case_alias IS NOT NULL;

CREATE TABLE content (
    log_index BIGINT NOT NULL CHECK (log_index >= 0),
    field     TEXT   NOT NULL,
    key_id    TEXT   NOT NULL,
    sealed    BYTEA  NOT NULL,
    PRIMARY KEY (log_index, field)
);

CREATE TABLE tile (
    level      BIGINT NOT NULL CHECK (level >= 0),
    tile_index BIGINT NOT NULL CHECK (tile_index >= 0),
    bytes      BYTEA  NOT NULL CHECK (length(bytes) = 8192),
    PRIMARY KEY (level, tile_index)
);

CREATE TABLE request (
    request_id     BYTEA  NOT NULL CHECK (length(request_id) = 16),
    person         TEXT   NOT NULL,
    keyed_hash     BYTEA  NOT NULL CHECK (length(keyed_hash) = 32),
    log_index      BIGINT NOT NULL CHECK (log_index >= 0),
    outcome        TEXT   NOT NULL,
    recorded_at_us BIGINT NOT NULL,
    PRIMARY KEY (request_id, person)
);

CREATE TABLE checkpoint (
    size           BIGINT PRIMARY KEY CHECK (size > 0),
    note           TEXT   NOT NULL,
    recorded_at_us BIGINT NOT NULL
);

-- Ciphertext and hashes do not shrink: no time is spent trying.
ALTER TABLE content ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE tile ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE FUNCTION refuse_shrinking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.size > OLD.size THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'head only grows';
END $$;

CREATE TRIGGER record_change BEFORE UPDATE OR DELETE OR TRUNCATE ON record EXECUTE FUNCTION refuse_change();
CREATE TRIGGER content_change BEFORE UPDATE OR DELETE OR TRUNCATE ON content EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tile_change BEFORE UPDATE OR DELETE OR TRUNCATE ON tile EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_change BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_change BEFORE UPDATE OR DELETE ON head FOR EACH ROW EXECUTE FUNCTION refuse_shrinking();
CREATE TRIGGER head_truncate BEFORE TRUNCATE ON head EXECUTE FUNCTION refuse_shrinking();
