-- One statement for a small append, which is then a transaction by itself: rows of this view go to the table that `what` names, in their order.
-- Column by column: ../../README.md.

CREATE VIEW append (what, a, b, c, d, e, f, g, h) AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

-- The checkpoint follows only a head that moved: changes() counts the rows of the statement before, and a note must not be null.
CREATE TRIGGER append_head INSTEAD OF INSERT ON append WHEN NEW.what = 0 BEGIN
    UPDATE head SET size = NEW.a WHERE id = 1 AND size = NEW.b;
    INSERT INTO checkpoint (size, note, recorded_at_us) SELECT NEW.a, CASE changes() WHEN 1 THEN NEW.c END, NEW.d;
END;

CREATE TRIGGER append_record INSTEAD OF INSERT ON append WHEN NEW.what = 1 BEGIN
    INSERT INTO record (log_index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf)
    VALUES (NEW.a, NEW.b, NEW.c, NEW.d, NEW.e, NEW.f, NEW.g, NEW.h);
END;

CREATE TRIGGER append_content INSTEAD OF INSERT ON append WHEN NEW.what = 2 BEGIN
    INSERT INTO content (log_index, field, key_id, sealed) VALUES (NEW.a, NEW.b, NEW.c, NEW.d);
END;

CREATE TRIGGER append_request INSTEAD OF INSERT ON append WHEN NEW.what = 3 BEGIN
    INSERT INTO request (request_id, person, keyed_hash, log_index, outcome, recorded_at_us)
    VALUES (NEW.a, NEW.b, NEW.c, NEW.d, NEW.e, NEW.f);
END;

CREATE TRIGGER append_tile INSTEAD OF INSERT ON append WHEN NEW.what = 4 BEGIN
    INSERT INTO tile (level, tile_index, bytes) VALUES (NEW.a, NEW.b, NEW.c);
END;
