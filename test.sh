#!/usr/bin/env bash
# Runs every test on both databases. On Debian, as root, it installs what is missing first.
# Usage: ./test.sh [--filter EXPRESSION]      (the expression is that of "dotnet test --filter")
set -uo pipefail
cd "$(dirname "$0")" || exit 1

filter=""
while [ $# -gt 0 ]; do
  case "$1" in
    --filter) [ $# -ge 2 ] || { echo "--filter needs an expression." >&2; exit 2; }; filter="($2)"; shift 2 ;;
    *) echo "Unknown argument: $1. Usage: ./test.sh [--filter EXPRESSION]" >&2; exit 2 ;;
  esac
done

results="$PWD/TestResults"
passed=0 failed=0 skipped=0

# The closing line is the last line, whatever happened before it.
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit "$1"; }
stop() { echo "$1" >&2; finish 1; }

has() { command -v "$1" >/dev/null 2>&1; }

missing_packages() {
  has chromium || echo chromium
  [ -d /usr/share/fonts/truetype/liberation ] || [ -d /usr/share/fonts/truetype/liberation2 ] || echo fonts-liberation
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || echo postgresql
  has setpriv || echo util-linux
  has node || echo nodejs
  has npm || echo npm
  # Without the package "apache2": that one would bring a service that starts.
  [ -x /usr/sbin/apache2 ] || echo apache2-bin
  [ -f /usr/lib/apache2/modules/mod_auth_openidc.so ] || echo libapache2-mod-auth-openidc
}

install_packages() {
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
    stop "Missing: ${missing}- install them (Debian: sudo apt-get install --no-install-recommends ${missing% }) or run this script as root on Debian."
  fi
  echo "Installing: $missing"
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  # shellcheck disable=SC2086 # a list of names
  "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends $missing \
    || stop "These packages could not be installed: $missing"
}

check_sdk() {
  local wanted
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' global.json)
  has dotnet || stop "The .NET SDK is missing. Install version $wanted or a later patch of it: https://dotnet.microsoft.com/download/dotnet/10.0"
  dotnet --version >/dev/null 2>&1 || stop "This needs the .NET SDK $wanted or a later patch of it; installed: $(cd / && dotnet --list-sdks | tr '\n' ';')"
}

# counter FILE NAME: one number of the summary in a trx file
counter() { sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

# failures_of FILE: class (with its database) and name of each failed test; the results come before the definitions
failures_of() {
  awk '
    function value(name) { return match($0, name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) : "" }
    /<UnitTestResult / && value(" outcome") ~ /^(Failed|Error|Timeout|Aborted)$/ { bad[value(" testId")] = 1 }
    /<UnitTest / { id = value(" id") }
    /<TestMethod / && id in bad { print "  " value(" className") "." value(" name") }
  ' "$1"
}

# run PART: its tests; what it prints and its exit code go to files named after it. A part is "NAME PROJECT [FILTER]".
run() {
  local name project part
  read -r name project part <<<"$1"
  [ -z "$part" ] || [ -z "$filter" ] || part="$filter&($part)"
  part=${part:-$filter}
  dotnet test "$project" -c Release --no-build --nologo -v q --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
    --blame-hang --blame-hang-timeout 6min --blame-hang-dump-type none ${part:+--filter "$part"} >"$results/$name.log" 2>&1
  echo $? >"$results/$name.exit"
}

# run_all PART...: one after the other
run_all() { for part in "$@"; do run "$part"; done; }

count_part() {
  local name trx status ran
  name=${1%% *}
  trx="$results/$name.trx"
  echo "== $name"
  cat "$results/$name.log"
  status=$(cat "$results/$name.exit")

  local here_failed=0
  if [ -f "$trx" ]; then
    ran=$(counter "$trx" total)
    here_failed=$(( $(counter "$trx" failed) + $(counter "$trx" error) + $(counter "$trx" timeout) + $(counter "$trx" aborted) ))
    passed=$((passed + $(counter "$trx" passed)))
    skipped=$((skipped + ran - $(counter "$trx" passed) - here_failed))
    failures+=$(failures_of "$trx")$'\n'
  elif [ -z "$filter" ]; then
    status=1
  fi
  if [ "$status" -ne 0 ] && [ "$here_failed" -eq 0 ]; then
    here_failed=1
    failures+="  $name: the run did not finish"$'\n'
  fi
  failed=$((failed + here_failed))
}

check_sdk
install_packages
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

dotnet restore IdP.sln --locked-mode || stop "Restore failed."
dotnet build IdP.sln -c Release --no-restore --nologo -v q || stop "Build failed."
if [ -f tests/peers/package-lock.json ]; then
  (cd tests/peers && npm ci --no-fund --no-audit --loglevel=error) || stop "npm ci failed in tests/peers."
fi

rm -rf "$results"
failures=""
mkdir -p "$results"
# Two at a time, of about the same length. Each part has its own servers, databases and browser on ports of its own. The browser tests are in both lines: what one of them
# does not take, the other does.
some='FullyQualifiedName~.Languages.|FullyQualifiedName~.Console.|FullyQualifiedName~PageLookTests'
rest='FullyQualifiedName!~.Languages.&FullyQualifiedName!~.Console.&FullyQualifiedName!~PageLookTests'
first=("IdP.Protocol.Tests tests/IdP.Protocol.Tests" "IdP.UI.Tests.1 tests/IdP.UI.Tests $some")
second=("IdP.Tests tests/IdP.Tests" "IdP.UI.Tests.2 tests/IdP.UI.Tests $rest")
for project in tests/*.Tests; do
  case " ${first[*]} ${second[*]} " in *" $project "*) ;; *) second+=("$(basename "$project") $project") ;; esac
done
run_all "${second[@]}" &
beside=$!
run_all "${first[@]}"
wait "$beside"
for part in "${first[@]}" "${second[@]}"; do count_part "$part"; done

failures=$(sed '/^$/d' <<<"$failures")
[ -z "$failures" ] || printf 'Failed:\n%s\n' "$failures"
[ "$failed" -eq 0 ] || finish 1
[ $((passed + failed)) -gt 0 ] || stop "No test ran."
finish 0
