#!/usr/bin/env bash
# Builds the server and the fuzzer and runs it. Arguments go to the fuzzer; the defaults are 100,000 requests on SQLite. See README.md beside this.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build bench/Fuzz/Fuzz.csproj -c Release -v q -nologo
exec dotnet bench/Fuzz/bin/Release/net10.0/Fuzz.dll "$@"
