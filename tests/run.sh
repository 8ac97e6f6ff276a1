#!/usr/bin/env bash
# Runs every test of one build and fails when a test leaves a process behind.
# usage: tests/run.sh PRESET JOBS [arguments to ctest]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1 jobs=$2
shift 2

readonly LAST_BREATH_SECONDS_MAX=5 # What was told to stop may still be writing its last lines.

# Whatever the tests start inherits this variable, however far it detaches itself.
mark=OVERGANG_TEST_RUN=$$.$(date +%s)
left_behind() {
  grep --files-with-matches --null-data --line-regexp --fixed-strings "$mark" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n' || true
}

failed=0
env "$mark" ctest --preset "$preset" --parallel "$jobs" "$@" || failed=1

for ((second = 0; second < LAST_BREATH_SECONDS_MAX; second++)); do
  [ -n "$(left_behind)" ] || exit $failed
  sleep 1
done
for pid in $(left_behind); do
  echo "A test left a process behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")" >&2
  kill -KILL "$pid" || true
  failed=1
done
exit $failed
