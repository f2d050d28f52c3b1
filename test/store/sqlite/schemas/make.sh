#!/bin/sh
# Makes NAME.db.gz with the program of a former commit: make.sh CHECKOUT NAME. CHECKOUT needs node_modules, PATH Node 24.
# 1. the archive lines.log is replayed; 2. the inventory is imported, where that version has one; 3. a service gets two
# lines over TCP, with a sink that nobody listens at, and a note over HTTP, where that version has these.
set -eu
checkout=$1 name=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
run() { (cd "$checkout" && node src/main.ts "$@"); }

if ! run replay "$here/lines.log" --data "$work" >&2; then
  rm -f "$work"/quovadis.db*
  echo "$name: its replay fails, so only the service wrote the file" >&2
fi
run inventory "$here/inventory.csv" --data "$work" >&2 || echo "$name: no inventory" >&2

printf 'http: { listen: "127.0.0.1:19514" }\nsyslog: { udp: null, tcp: "127.0.0.1:15514" }\n' >"$work/plain.yaml"
{ cat "$work/plain.yaml"; echo 'sinks: [{ kind: webhook, name: noc, url: "http://127.0.0.1:9/", allowPrivate: true, secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= }]'; } >"$work/sinks.yaml"
config="$work/sinks.yaml"
run check --config "$config" >&2 || config="$work/plain.yaml"
(cd "$checkout" && exec node src/main.ts serve --config "$config" --data "$work") >&2 &
service=$!
until curl -fsS -o "$work/ready" http://127.0.0.1:19514/readyz 2>/dev/null; do sleep 0.2; done
head -2 "$here/lines.log" | sed 's/sw-press-01/sw-pack-04/' >"$work/live.log"
run send "$work/live.log" --to 127.0.0.1:15514 --transport tcp >&2
until curl -fsS http://127.0.0.1:19514/api/v1/incidents | grep -q '"qv-sw-pack-04-1"'; do sleep 0.2; done
note='{"by":"kim","text":"the proxy was replaced"'
post() { curl -fsS -o "$work/noted" -H 'content-type: application/json' -d "$1" http://127.0.0.1:19514/api/v1/incidents/qv-sw-weld-02-1/notes; }
post "$note,\"disposition\":{\"hypothesis\":\"dns\"}}" || post "$note}" || echo "$name: no notes" >&2
kill "$service"
wait "$service" || true
gzip -9n <"$work/quovadis.db" >"$here/$name.db.gz"
rm -r "$work"
