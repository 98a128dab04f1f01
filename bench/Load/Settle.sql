-- What autovacuum does to any database that is in use: the planner knows the tables.
VACUUM ANALYZE;
