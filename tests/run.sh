#!/usr/bin/env bash
# Runs every test of one build and fails when a test leaves a process behind.
# usage: tests/run.sh PRESET JOBS [arguments to ctest]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1 jobs=$2
shift 2

# Whatever the tests start inherits this variable, however far it detaches itself.
mark=OVERGANG_TEST_RUN=$$.$(date +%s)
failed=0
env "$mark" ctest --preset "$preset" --parallel "$jobs" "$@" || failed=1

for environ in /proc/[0-9]*/environ; do
  grep --quiet --null-data --line-regexp --fixed-strings "$mark" "$environ" 2>/dev/null || continue
  pid=${environ//[^0-9]/}
  echo "A test left a process behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")" >&2
  kill -KILL "$pid" || true
  failed=1
done
exit $failed
