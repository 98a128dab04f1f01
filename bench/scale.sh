#!/usr/bin/env bash
# Measures what size costs: every scenario with a thousand people, and with a million people, ten thousand clients and ten million tokens. Ends with the ratios.
# Needs 15 GB under the temporary folder and some minutes to fill the database. Usage: bench/scale.sh [--no-build] [options of bench.sh, such as --people N for a smaller one]
# Both servers are this provider and warm up scenario after scenario, so half a minute for each is enough.
set -euo pipefail
first=()
if [ "${1:-}" = --no-build ]; then first=("$1"); shift; fi
exec "$(dirname "$0")/../bench.sh" "${first[@]}" --only provider,large --database PostgreSql --warmup 30 "$@"
