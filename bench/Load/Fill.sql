-- Makes a migrated PostgreSQL database that has the clients and people of the benchmark a large one of :people users (a million), :made of them here: ten thousand clients, a million
-- sessions of which a hundred thousand live, four million grants and ten million tokens, or as much less as there are fewer people. All tokens began and ended earlier by :over.
-- Ten thousand organizations and a thousand groups have them as members; each person is known in one browser and has three kept decisions.
-- Set-based, without foreign-key triggers, and the indexes are made again afterwards: minutes, not hours.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';

CREATE TEMP TABLE dropped AS
  SELECT indexdef, format('%I', indexname) AS name FROM pg_indexes
  WHERE schemaname = 'public' AND tablename IN ('Users', 'Sessions', 'Grants', 'Tokens', 'OrganizationMembers', 'GroupMembers', 'KnownDevices', 'SignInDecisions') AND indexname NOT LIKE 'PK\_%';
DO $$ DECLARE one record; BEGIN FOR one IN SELECT * FROM dropped LOOP EXECUTE 'DROP INDEX ' || one.name; END LOOP; END $$;

INSERT INTO "Users" SELECT made.* FROM generate_series(1, :made) i, (SELECT u AS model FROM "Users" u WHERE "NormalizedUserName" = 'USER0001') m,
  LATERAL jsonb_populate_record(model, jsonb_build_object(
    'Id', ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'UserName', 'person' || i, 'NormalizedUserName', 'PERSON' || i,
    'Email', 'person' || i || '@example.test', 'NormalizedEmail', 'PERSON' || i || '@EXAMPLE.TEST', 'Name', 'Somebody ' || md5(i::text))) made;

INSERT INTO "Organizations" ("Id", "Name", "Enabled", "CreatedAt", "Version")
  SELECT ('00000000-0006-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'organization' || i, true, now(), 0 FROM generate_series(1, :people / 100) i;

INSERT INTO "OrganizationMembers" ("OrganizationId", "UserId", "Roles", "JoinedAt")
  SELECT ('00000000-0006-7000-8000-' || lpad(to_hex(1 + i % (:people / 100)), 12, '0'))::uuid, ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{}', now() FROM generate_series(1, :made) i;

INSERT INTO "Groups" ("Id", "Name", "CreatedAt", "Version")
  SELECT ('00000000-0007-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'group' || i, now(), 0 FROM generate_series(1, :people / 1000) i;

-- Two groups each; and the groups of the configuration have a tenth of all people.
INSERT INTO "GroupMembers" ("GroupId", "UserId")
  SELECT ('00000000-0007-7000-8000-' || lpad(to_hex(1 + (i * k) % (:people / 1000)), 12, '0'))::uuid, ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid
  FROM generate_series(1, :made) i, (VALUES (1), (7)) AS times(k) ON CONFLICT DO NOTHING;
INSERT INTO "GroupMembers" ("GroupId", "UserId")
  SELECT g."Id", ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid FROM generate_series(1, :made, 10) i, "Groups" g WHERE g."Name" NOT LIKE 'group%';

INSERT INTO "KnownDevices" ("Id", "UserId", "HandleHash", "CreatedAt", "LastSeenAt", "FailedCount", "FactorFailedCount", "UserAgent")
  SELECT ('00000000-0008-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, left(md5(i::text) || md5('d' || i), 43),
    now() - interval '90 days', now() - interval '1 day', 0, 0, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'
  FROM generate_series(1, :made) i;

-- Two successes and a wrong password each.
INSERT INTO "SignInDecisions" ("Id", "At", "Day", "UserId", "ClientId", "Outcome", "Factors", "IdentityProvider", "KnownDevice", "FailedCount", "RemoteAddress", "Network", "PolicyVersion", "TraceId")
  SELECT ('00000000-0009-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, at, at::date, ('00000000-0001-7000-8000-' || lpad(to_hex(1 + i % :made), 12, '0'))::uuid, 'app',
    CASE WHEN i % 3 = 0 THEN 1 ELSE 0 END, '{pwd}', 'local', true, 0, '203.0.113.9', CASE WHEN i % 3 = 0 THEN NULL ELSE '203.0.113.0/24' END, 1, md5('r' || i)
  FROM (SELECT i, now() - i * interval '2 seconds' AS at FROM generate_series(1, :people * 3) i) d;

INSERT INTO "Clients" SELECT made.* FROM generate_series(1, :people / 100) i, (SELECT c AS model FROM "Clients" c WHERE "ClientId" = 'app') m,
  LATERAL jsonb_populate_record(model, jsonb_build_object('Id', ('00000000-0002-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'ClientId', 'client' || i, 'ClientName', 'Client ' || i)) made;

INSERT INTO "Sessions" ("Id", "HandleHash", "UserId", "CreatedAt", "AuthenticatedAt", "LastSeenAt", "ExpiresAt", "EndedAt", "AuthenticationMethods", "IdentityProvider", "RemoteAddress", "UserAgent")
  SELECT ('00000000-0003-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, left(md5(i::text) || md5('s' || i), 43), ('00000000-0001-7000-8000-' || lpad(to_hex(1 + i % :made), 12, '0'))::uuid,
    began, began, began + interval '4 hours', began + interval '24 hours', NULL, '{pwd}', 'local', '203.0.113.9', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'
  FROM (SELECT i, CASE WHEN i <= :people / 10 THEN now() - interval '1 hour' ELSE now() - interval '25 hours' - i * interval '2 seconds' END AS began FROM generate_series(1, :people) i) s;

INSERT INTO "Grants" ("Id", "ClientKey", "Subject", "SessionId", "Scopes", "Status", "Type", "CreatedAt")
  SELECT ('00000000-0004-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0002-7000-8000-' || lpad(to_hex(1 + i % (:people / 100)), 12, '0'))::uuid,
    '00000000-0001-7000-8000-' || lpad(to_hex(1 + i % :made), 12, '0'), ('00000000-0003-7000-8000-' || lpad(to_hex(1 + i % :people), 12, '0'))::uuid,
    '{openid,profile,api.read,offline_access}', 'valid', 'ad-hoc', now() - i * interval '0.5 seconds'
  FROM generate_series(1, :people * 4) i;

INSERT INTO "Tokens" ("Id", "GrantId", "ClientKey", "Subject", "Type", "Status", "ReferenceId", "Payload", "CreatedAt", "ExpiresAt", "RedeemedAt", "Version")
  SELECT ('00000000-0005-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0004-7000-8000-' || lpad(to_hex(1 + i % (:people * 4)), 12, '0'))::uuid,
    ('00000000-0002-7000-8000-' || lpad(to_hex(1 + i % (:people / 100)), 12, '0'))::uuid, '00000000-0001-7000-8000-' || lpad(to_hex(1 + i % :made), 12, '0'),
    'urn:ietf:params:oauth:token-type:refresh_token', CASE WHEN i % 5 < 3 THEN 'redeemed' ELSE 'valid' END, left(md5(i::text) || md5('t' || i), 43), repeat(md5(i::text), 12),
    now() - interval '20 days' - :'over'::interval, now() + i * interval '0.2 seconds' - :'over'::interval, NULL, 0
  FROM generate_series(1, :people * 10) i;

DO $$ DECLARE one record; BEGIN FOR one IN SELECT * FROM dropped LOOP EXECUTE one.indexdef; END LOOP; END $$;
VACUUM ANALYZE;
