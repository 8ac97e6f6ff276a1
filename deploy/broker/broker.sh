#!/usr/bin/env bash
# One Apache Kafka broker (KRaft, one process, on 127.0.0.1) with its data in a folder, for tests and for trying out.
# usage: broker.sh start DIR [PORT]   in the background; prints its address once it is ready
#        broker.sh run DIR [PORT]     in the foreground; dies with whoever started it, however that died
#        broker.sh wait DIR           until the one of `run` is ready; prints its address
#        broker.sh stop DIR           ends it orderly, and waits
#        broker.sh kill DIR           as a power cut of the process
# PORT 0 or none: any free one, and the same one when it is started again. DIR/broker.log has what it said.
# HEAP (default 512m) is the heap of the JVM.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly READY_SECONDS_MAX=90 STOP_SECONDS_MAX=30

fail() {
  echo "deploy/broker/broker.sh: $*" >&2
  exit 1
}

# The command line is looked at too: after a power cut the number may be another process's.
running() {
  [ -s "$dir/broker.pid" ] && grep -qsF "$dir" "/proc/$(cat "$dir/broker.pid")/cmdline"
}

free_port() {
  local port
  while true; do # Below the range from which the kernel gives out ports of its own accord.
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

java_with() {
  local jars=${OVERGANG_KAFKA_DIR:-$here/../../build/kafka}/lib
  # Only the quick compiler: such a broker is young, and on a machine of two cores the optimising one takes seconds of
  # both from those who wait for an answer (p50 of an append 40 ms for the first five seconds, instead of 5).
  exec java "-Xmx${HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.logFile=System.out -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.kafka.server=info \
    -cp "$jars/*" "$@"
}

write_properties() { # PORT CONTROLLER_PORT
  cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2
advertised.listeners=PLAINTEXT://127.0.0.1:$1
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
END
}

prepare() { # PORT
  local port=$1
  "$here/fetch.sh"
  mkdir -p "$dir"
  if [ -s "$dir/address" ] && [ "$port" = 0 ]; then port=$(sed 's/.*://' "$dir/address"); fi
  [ "$port" != 0 ] || port=$(free_port)
  echo "127.0.0.1:$port" >"$dir/address"
  write_properties "$port" "$(free_port)"
  if [ ! -s "$dir/data/meta.properties" ]; then
    # Kafka's form of a uuid: 16 bytes in base64url, not beginning with a dash.
    local id
    id=A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)
    (java_with kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties") >"$dir/format.log" 2>&1 ||
      fail "could not format $dir: $(tail -n 3 "$dir/format.log")"
  fi
}

run() { # PORT
  echo "$BASHPID" >"$dir/broker.pid" # Stays the same when Java takes this process over.
  prepare "$1"
  java_with kafka.Kafka "$dir/server.properties" >"$dir/broker.log" 2>&1
}

wait_until_ready() {
  for ((waited = 0; waited < READY_SECONDS_MAX * 10; waited++)); do
    if grep -qs 'Kafka Server started' "$dir/broker.log"; then
      cat "$dir/address"
      return
    fi
    if [ "$waited" -gt 50 ] && ! running; then break; fi
    sleep 0.1
  done
  fail "the broker in $dir did not become ready; its last words: $(tail -n 5 "$dir/broker.log" 2>/dev/null)"
}

stop() { # SIGNAL
  running || return 0
  local pid
  pid=$(cat "$dir/broker.pid")
  kill "-$1" "$pid" 2>/dev/null || true
  for ((waited = 0; waited < STOP_SECONDS_MAX * 10; waited++)); do
    running || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

[ $# -ge 2 ] || fail "usage: broker.sh start|run|wait|stop|kill DIR [PORT]"
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
port=${3:-0}
case $command in
  start)
    ! running || fail "a broker is already running in $dir"
    rm -f "$dir/broker.log"
    BROKER_PREPARED=1 setsid "$0" run "$dir" "$port" </dev/null >"$dir/start.log" 2>&1 &
    wait_until_ready
    ;;
  run)
    if [ -z "${BROKER_PREPARED:-}" ]; then
      ! running || fail "a broker is already running in $dir"
      rm -f "$dir/broker.log"
      BROKER_PREPARED=1 exec setpriv --pdeathsig KILL "$0" run "$dir" "$port"
    fi
    run "$port"
    ;;
  wait) wait_until_ready ;;
  stop) stop TERM ;;
  kill) stop KILL ;;
  *) fail "$command is not one of start, run, wait, stop, kill" ;;
esac
