-- Appends a batch of units. Each unit (one command) stands or falls by itself; the batch is one
-- commit. The lock is held until that commit, so a place in the log is never given before every
-- earlier one is visible: seq is dense, and a reader on "seq > last" can miss nothing.
--
-- Owned by the owner role and SECURITY DEFINER: the application may call it and read the log, and
-- has no other way to write it.
CREATE OR REPLACE FUNCTION append_events(
    write_unit       int[],          -- per write: its unit, 1-based, ascending
    write_tenant     text[],
    write_stream     text[],         -- a stream stands at most once in a batch
    write_expected   int[],          -- -1: any version
    event_write      int[],          -- per event: its write, 1-based, ascending
    event_ids        uuid[],
    event_types      text[],
    schema_versions  int[],
    event_data       text[],
    event_metadata   text[],
    event_occurred   timestamptz[],
    event_content    bytea[],
    key_unit         int[],          -- per idempotency record: its unit
    key_tenant       text[],
    key_text         text[],
    key_fingerprint  bytea[],
    key_status       int[],
    key_body         text[],
    key_headers      text[]
) RETURNS TABLE (
    at        timestamptz,           -- recorded_at of the whole batch
    refused   int[],                 -- units whose expectation failed
    replayed  int[],                 -- units whose idempotency key was used before
    base      int[],                 -- per write: the version its stream stood at
    first_seq bigint[],              -- per unit: null unless it was appended
    last_seq  bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- One plan for ever: planning would cost more than running, and a plan made while the tables were
-- still empty must not scan them when they are full.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    events     int := cardinality(event_write);
    units      int := greatest(write_unit[cardinality(write_unit)],
                               key_unit[cardinality(key_unit)]);
    head_seq   bigint;
    head_hash  bytea;
    moment_txt text;
    seqs       bigint[] := array_fill(NULL::bigint, ARRAY[events]);
    versions   int[]    := array_fill(NULL::int,    ARRAY[events]);
    leaves     bytea[]  := array_fill(NULL::bytea,  ARRAY[events]);
    hashes     bytea[]  := array_fill(NULL::bytea,  ARRAY[events]);
    w          int;
    u          int;
    previous   int := 0;
    next_version int;
BEGIN
    -- A snapshot taken before the lock would not see what was committed while waiting for it.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(7305805412371);

    SELECT l.seq, l.hash, l.recorded_at INTO head_seq, head_hash, at
        FROM event_log l ORDER BY l.seq DESC LIMIT 1;
    IF NOT FOUND THEN
        head_seq := 0;
        head_hash := decode(repeat('00', 32), 'hex');
    END IF;
    at := greatest(clock_timestamp(), at);  -- recorded_at never runs backwards
    moment_txt := to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

    FOR i IN 1 .. cardinality(key_unit) LOOP
        PERFORM FROM idempotency k WHERE k.tenant = key_tenant[i] AND k.key = key_text[i];
        IF FOUND THEN
            replayed := replayed || key_unit[i];
        END IF;
    END LOOP;

    base := array_fill(0, ARRAY[cardinality(write_unit)]);
    FOR i IN 1 .. cardinality(write_unit) LOOP
        SELECT l.version INTO next_version FROM event_log l
            WHERE l.tenant = write_tenant[i] AND l.stream = write_stream[i]
            ORDER BY l.version DESC LIMIT 1;
        CONTINUE WHEN NOT FOUND AND write_expected[i] <= 0;
        base[i] := coalesce(next_version, 0);
        IF write_expected[i] >= 0 AND write_expected[i] <> base[i] THEN
            refused := refused || write_unit[i];
        END IF;
    END LOOP;

    first_seq := array_fill(NULL::bigint, ARRAY[units]);
    last_seq := first_seq;
    FOR i IN 1 .. events LOOP
        w := event_write[i];
        u := write_unit[w];
        CONTINUE WHEN u = ANY (refused) OR u = ANY (replayed);
        IF w <> previous THEN
            previous := w;
            next_version := base[w];
        END IF;
        next_version := next_version + 1;
        head_seq := head_seq + 1;
        IF first_seq[u] IS NULL THEN
            first_seq[u] := head_seq;
        END IF;
        last_seq[u] := head_seq;
        seqs[i] := head_seq;
        versions[i] := next_version;
        leaves[i] := sha256(convert_to(
            '{"content":"' || encode(event_content[i], 'hex') || '","recorded_at":"' || moment_txt
            || '","seq":' || head_seq || ',"version":' || next_version || '}', 'UTF8'));
        head_hash := sha256(head_hash || leaves[i]);
        hashes[i] := head_hash;
    END LOOP;

    FOREACH u IN ARRAY key_unit LOOP
        -- A command that changes nothing still uses its key; it stands where the log ends.
        last_seq[u] := coalesce(last_seq[u], head_seq);
        first_seq[u] := coalesce(first_seq[u], head_seq);
    END LOOP;

    INSERT INTO event_log (seq, tenant, stream, version, event_id, type, schema_version, data,
                           metadata, occurred_at, recorded_at, leaf, hash)
        SELECT seqs[i], write_tenant[event_write[i]], write_stream[event_write[i]], versions[i],
               event_ids[i], event_types[i], schema_versions[i], event_data[i]::json,
               event_metadata[i]::json, event_occurred[i], at, leaves[i], hashes[i]
        FROM generate_series(1, events) AS i
        WHERE seqs[i] IS NOT NULL;

    IF cardinality(key_unit) > 0 THEN
        INSERT INTO idempotency (tenant, key, fingerprint, status, body, headers, last_seq,
                                 created_at)
            SELECT key_tenant[i], key_text[i], key_fingerprint[i], key_status[i], key_body[i],
                   key_headers[i]::json, last_seq[key_unit[i]], at
            FROM generate_series(1, cardinality(key_unit)) AS i
            WHERE key_unit[i] <> ALL (coalesce(refused, '{}') || coalesce(replayed, '{}'));
    END IF;

    RETURN NEXT;
END
$$;
