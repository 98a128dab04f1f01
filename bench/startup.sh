#!/usr/bin/env bash
# Prints two figures of a published server with an existing database: milliseconds from the start of the process to the first answered discovery request
# (median of five starts), and resident memory in MB after ten idle seconds. SQLite, unless CONNECTION names a PostgreSQL database.
# Usage: [CONNECTION="Host=…;Database=…"] bench/startup.sh [a folder that a publish made; published here without one]
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
pid=""
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

app=${1:-}
if [ -z "$app" ]; then
  app="$work/app"
  dotnet publish src/IdP.Server/IdP.Server.csproj -c Release -o "$app" -v q -nologo >"$work/publish.log" || { cat "$work/publish.log"; exit 1; }
fi
export ASPNETCORE_ENVIRONMENT=Production ASPNETCORE_URLS="http://localhost:$port" Issuer="http://localhost:$port" Database__MigrateAtStart=true
export Logging__LogLevel__Default=Warning
if [ -n "${CONNECTION:-}" ]; then
  export Database__Provider=PostgreSql ConnectionStrings__IdP="$CONNECTION"
else
  export ConnectionStrings__IdP="Data Source=$work/idp.db"
fi
# The same at every start, or the keys of a database that was there before cannot be read.
KeyProtection__Secret=${KeyProtection__Secret:-$(head -c 32 /dev/urandom | base64 -w 0)}
export KeyProtection__Secret

# start: runs the server and answers the milliseconds until discovery was answered
start() {
  local begin end
  begin=$(date +%s%N)
  (cd "$app" && exec dotnet IdP.Server.dll) >"$work/server.log" 2>&1 &
  pid=$!
  until curl -sf -o /dev/null "http://localhost:$port/.well-known/openid-configuration"; do
    end=$(date +%s%N)
    [ $(((end - begin) / 1000000000)) -lt 30 ] || { echo "The server does not answer:"; cat "$work/server.log"; exit 1; }
    sleep 0.02
  done
  end=$(date +%s%N)
  milliseconds=$(((end - begin) / 1000000))
}
stop() { kill "$pid" && wait "$pid" 2>/dev/null || true; pid=""; }

start # makes the database, or brings it up to date
stop
times=()
for _ in 1 2 3 4 5; do
  [ -z "$pid" ] || stop
  start
  times+=("$milliseconds")
done
sleep 10
memory=$(awk '/VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$pid/status")
echo "start to first discovery answer: $(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p) ms (of ${times[*]})"
echo "resident memory, idle:           $memory MB"
