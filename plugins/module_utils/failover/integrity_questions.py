# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is asked about itself: one statement each, for primary and standby alike. Source: PostgreSQL 13 to 18."""

from __future__ import annotations

# Of a primary by the name of the file it writes: what pg_control says of the timeline is as old as the last checkpoint.
INSTANCE = """
SELECT json_build_object(
  'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
  'recovery', pg_is_in_recovery(),
  'timeline', CASE WHEN pg_is_in_recovery()
    THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
  'lsn', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text,
  'started', to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'version', current_setting('server_version'),
  'checksums', current_setting('data_checksums') = 'on',
  'checksum_failures', (SELECT sum(checksum_failures) FROM pg_stat_database),
  'settings', (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name IN (
      'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names', 'wal_sync_method', 'wal_level', 'data_checksums',
      'ignore_checksum_failure', 'zero_damaged_pages')),
  'standbys', (SELECT coalesce(json_agg(json_build_object(
      'name', application_name, 'state', state, 'sync', sync_state,
      'behind', CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END)
      ORDER BY application_name), '[]') FROM pg_stat_replication),
  'slots', (SELECT coalesce(json_agg(json_build_object(
      'name', slot_name, 'active', active,
      'retained', CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) END)
      ORDER BY slot_name), '[]') FROM pg_replication_slots)
)
"""

WRITABLE = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"

# What a log tells of damage, lower case. Source: PostgreSQL's messages; a panic is the server's own last word.
DAMAGE = (
    "panic:  ",
    "could not fsync",
    "could not write to file",
    "could not write block",
    "could not read block",
    "invalid page in block",
    "page verification failed",
    "invalid primary checkpoint record",
    "could not locate a valid checkpoint record",
    "checkpoint request failed",
)
