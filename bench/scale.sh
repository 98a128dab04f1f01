#!/usr/bin/env bash
# Measures what size costs: every scenario with a thousand people, and with a million people, ten thousand clients and ten million tokens. Ends with the ratios.
# Needs 15 GB under the temporary folder and some minutes to fill the database. Usage: bench/scale.sh [options of bench.sh]
exec "$(dirname "$0")/../bench.sh" --only provider,large --database PostgreSql "$@"
