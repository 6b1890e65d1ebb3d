-- As for the house: the server acts as a role that can add keys, and change none. Role by role: ../../README.md.

DO $$
DECLARE
    writer TEXT := left(current_database(), 56) || '_writer';
BEGIN
    -- A role outlives its database, and may have been made beforehand by whoever may make roles.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = writer) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', writer);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE =
                format('an administrator must first run: CREATE ROLE %I NOLOGIN; GRANT %I TO %I', writer, writer, current_user);
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', writer);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), writer);
    EXECUTE format('GRANT SELECT, INSERT ON content_key TO %I', writer);
END $$;
