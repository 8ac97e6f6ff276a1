#!/usr/bin/env bash
# Starts a hub, a simulated hospital region against it and a mail server that takes its mails; prints where the page and the
# mails are, and stops all of it on Ctrl-C.
# usage: deploy/up.sh PROGRAM embedded|kafka [arguments to `overgang serve`, such as --set http.port=8400]
# What they store and log is in var/: a second start goes on where the first one stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1 log=$2
shift 2

readonly READY_SECONDS_MAX=120
readonly BEGINS_BEFORE="6 hours ago" # 6 minutes at 60x.
readonly FIRST_MAILS_SECONDS=30 # After the hospital is full, so that there is something to tell.
data=var/hub-$log
mkdir -p "$data"
facts=$data/log

# Before anything is touched: what runs already keeps its broker and its addresses. Whatever is started here closes the
# file, so that the lock ends with this script.
exec 9>>"$data/up.lock"
flock --nonblock 9 || {
  echo "make up: another one runs in $data; stop that one first (Ctrl-C where it runs)." >&2
  exit 1
}
touch "$data/up.started"

settings=(--set "data_dir=$data" --set "plo.inbox=$data/plo/inbox" --set "plo.outbox=$data/plo/outbox" --set "log.kind=$log")

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
hub='' simulator='' broker='' mail_server='' first=''

stop() {
  trap '' INT TERM HUP
  for pid in $first $simulator $hub $mail_server; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  [ -z "$broker" ] || deploy/broker/broker.sh stop "$broker" >/dev/null
}

fail() {
  echo "make up: $1" >&2
  [ $# -lt 2 ] || { echo "The last lines of $2:" && tail -n 15 "$2"; } >&2
  stop
  exit 1
}

trap 'echo; echo "Stopping."; stop; exit 0' INT TERM HUP

if [ "$log" = kafka ]; then
  broker=var/kafka
  deploy/broker/broker.sh run "$broker" 9>&- & # On a free port, the same one the next time; dies with this script.
  kafka=$(deploy/broker/broker.sh wait "$broker" 9>&-) || fail "the broker did not start" "$broker/broker.log"
  facts="on Kafka, at $kafka"
  settings+=(--set "log.kafka.bootstrap_servers=$kafka" --set log.kafka.replication_factor=1)
fi

rm -f "$data/smtp.port"
deploy/mail_server.py "$data/mail" "$data/smtp.port" >"$data/mail_server.log" 2>&1 9>&- &
mail_server=$!
for ((waited = 0; ; waited++)); do
  [ -s "$data/smtp.port" ] && break
  kill -0 "$mail_server" 2>/dev/null || fail "the mail server did not start" "$data/mail_server.log"
  [ $waited -lt $((READY_SECONDS_MAX * 5)) ] || fail "the mail server does not listen" "$data/mail_server.log"
  sleep 0.2
done
[ -e "$data/recipients.csv" ] || cp deploy/recipients.csv "$data/recipients.csv" # To be changed at will.
settings+=(--set "mail.smtp_url=smtp://127.0.0.1:$(cat "$data/smtp.port")" --set mail.tls=none
  --set "mail.from=Overgang <overgang@hub.example>" --set "mail.recipients=$data/recipients.csv" --set mail.base_url=http://127.0.0.1:7400)

"$program" serve "${settings[@]}" "$@" >"$data/hub.log" 2>&1 9>&- &
hub=$!
for ((waited = 0; ; waited++)); do
  # Not one of an earlier hub, which this one removes once the folder is its own.
  [ "$data/addresses.json" -nt "$data/up.started" ] && break
  kill -0 "$hub" 2>/dev/null || fail "the hub did not start" "$data/hub.log"
  [ $waited -lt $((READY_SECONDS_MAX * 5)) ] || fail "the hub is not ready after $READY_SECONDS_MAX seconds" "$data/hub.log"
  sleep 0.2
done

# The first time it begins so shortly before now that what wards and units report is not too old for the levels.
begin=()
[ -e "$data/simulate.json" ] || begin=(--start "$(date --date "$BEGINS_BEFORE" +%FT%T%:z)")
"$program" simulate --data-dir "$data" --hospital-size 900 --kommuner 20 --speed 60x "${begin[@]}" >"$data/simulator.log" 2>&1 9>&- &
simulator=$!

# The first statuses go out soon, and not only the next morning.
send_first() {
  until grep -q running "$data/simulator.log"; do sleep 1; done
  for ((waited = 0; waited < FIRST_MAILS_SECONDS; waited++)); do sleep 1; done
  "$program" status send --server "$(sed -n 's/.*"grpc": *"\([^"]*\)".*/\1/p' "$data/addresses.json")"
}
send_first >"$data/first-mails.log" 2>&1 9>&- &
first=$!

address=$(sed -n 's/.*"http": *"\([^"]*\)".*/\1/p' "$data/addresses.json")
cat <<END

  The page:   ${bold}http://$address/${plain}
  The facts:  $facts
  The mails:  $data/mail/new   ${bold}http://$address/#/utsendinger${plain}
              the first in about a minute, then at 07.30 every day; to whom: $data/recipients.csv
  The token:  $(cat "$data/dev.token")   as "authorization: Bearer ..."; it may do everything (docs/access.md)
  To follow:  tail -f $data/hub.log $data/simulator.log
  To stop:    Ctrl-C

END

ended=''
wait -n -p ended "$hub" "$simulator" || true
[ "$ended" = "$hub" ] && fail "the hub stopped by itself" "$data/hub.log"
fail "the simulator stopped by itself" "$data/simulator.log"
