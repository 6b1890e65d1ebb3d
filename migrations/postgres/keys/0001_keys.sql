-- Wrapped content keys, kept apart from what they open. Column by column: ../../README.md.

CREATE TABLE content_key (
    key_id          TEXT   NOT NULL PRIMARY KEY,
    case_alias      TEXT,
    authority       TEXT   NOT NULL,
    wrapped         BYTEA  NOT NULL CHECK (length(wrapped) BETWEEN 1 AND 4096),
    created_at_us   BIGINT NOT NULL,
    destroyed_at_us BIGINT
);
