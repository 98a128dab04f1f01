#!/usr/bin/env bash
# Measures this provider beside its peers, each alone on one processor, and prints one table. See docs/performance.md.
# Usage: ./bench.sh [--no-build] [options of the load program; an unknown one shows them]
set -euo pipefail
cd "$(dirname "$0")"
server_core=${SERVER_CORE:-0} load_core=${LOAD_CORE:-1}
stop() { echo "$1" >&2; exit 1; }

[ "$(nproc)" -ge 2 ] || stop "This needs two processors: one for the server, one for the load."
for tool in dotnet node npm openssl taskset setpriv; do command -v "$tool" >/dev/null || stop "Missing: $tool"; done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || stop "Missing: PostgreSQL's server (apt-get install postgresql)"

published=bench/Load/bin/published
if [ "${1:-}" = --no-build ]; then
  shift
else
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  for one in src/IdP.Server:server bench/peers/OpenIddictSample:sample bench/peers/Bare:bare; do
    dotnet publish "${one%:*}" -c Release -o "$published/${one#*:}" -v q -nologo >"$log" || { cat "$log"; exit 1; }
  done
  dotnet build bench/Load/Load.csproj -c Release -v q -nologo >"$log" || { cat "$log"; exit 1; }
  (cd bench/peers/oidc-provider && npm ci --loglevel=error)
  rm -f "$log"
fi
exec taskset -c "$load_core" dotnet bench/Load/bin/Release/net10.0/Load.dll --published "$published" --server-core "$server_core" "$@"
