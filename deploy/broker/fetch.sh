#!/usr/bin/env bash
# Fetches Apache Kafka (55 MB of jars) from Maven Central into OVERGANG_KAFKA_DIR, by default build/kafka.
# usage: deploy/broker/fetch.sh
# Does nothing, at once, where the jars of this pom.xml are already there. Several at a time wait for each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${OVERGANG_KAFKA_DIR:-$here/../../build/kafka}
mkdir -p "$target"

complete() { cmp -s "$here/pom.xml" "$target/fetched.xml"; }

complete && exit 0
exec 9>"$target/fetch.lock"
flock 9
complete && exit 0

command -v mvn >/dev/null || {
  echo "deploy/broker/fetch.sh: mvn is missing; run deploy/install.sh broker" >&2
  exit 1
}
rm -rf "${target:?}/lib"
if ! mvn --batch-mode --quiet --file "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
  -DoutputDirectory="$target/lib" >"$target/fetch.log" 2>&1; then
  echo "deploy/broker/fetch.sh: Maven could not fetch Kafka; its last words:" >&2
  tail -n 15 "$target/fetch.log" >&2
  exit 1
fi
cp "$here/pom.xml" "$target/fetched.xml"
