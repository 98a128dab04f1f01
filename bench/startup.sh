#!/usr/bin/env bash
# Prints two figures of a published server on SQLite with an existing database: milliseconds from the start of the process to the first
# answered discovery request, and resident memory in MB after ten idle seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
pid=""
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

dotnet publish src/IdP.Server/IdP.Server.csproj -c Release -o "$work/app" -v q -nologo >"$work/publish.log" || { cat "$work/publish.log"; exit 1; }
export ASPNETCORE_ENVIRONMENT=Production ASPNETCORE_URLS="http://localhost:$port" Issuer="http://localhost:$port" Database__MigrateAtStart=true
export ConnectionStrings__IdP="Data Source=$work/idp.db" Logging__LogLevel__Default=Warning
KeyProtection__Secret=$(head -c 32 /dev/urandom | base64 -w 0)
export KeyProtection__Secret

# start: runs the server and answers the milliseconds until discovery was answered
start() {
  local begin end
  begin=$(date +%s%N)
  (cd "$work/app" && exec dotnet IdP.Server.dll) >"$work/server.log" 2>&1 &
  pid=$!
  until curl -sf -o /dev/null "http://localhost:$port/.well-known/openid-configuration"; do
    end=$(date +%s%N)
    [ $(((end - begin) / 1000000000)) -lt 30 ] || { echo "The server does not answer:"; cat "$work/server.log"; exit 1; }
    sleep 0.02
  done
  end=$(date +%s%N)
  milliseconds=$(((end - begin) / 1000000))
}

start # makes the database
kill "$pid" && wait "$pid" 2>/dev/null || true
start
sleep 10
memory=$(awk '/VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$pid/status")
echo "start to first discovery answer: $milliseconds ms"
echo "resident memory, idle:           $memory MB"
