#!/bin/sh
# Connects a device: shows a code, waits for the person, gets tokens. IDP is the provider's address, for example http://localhost:5000
set -eu

text() { printf %s "$1" | tr -d '\n' | grep -o "\"$2\" *: *\"[^\"]*\"" | cut -d '"' -f 4; }
number() { printf %s "$1" | tr -d '\n' | grep -o "\"$2\" *: *[0-9]*" | grep -o '[0-9]*$'; }

answer=$(
# <snippet start>
curl --silent --show-error "$IDP/connect/deviceauthorization" \
  --data "client_id=tv" \
  --data-urlencode "scope=openid profile api.read offline_access"
# </snippet>
)
case $answer in
  *'"device_code"'*) ;;
  *) echo "No codes were issued: $answer" >&2; exit 1 ;;
esac
DEVICE_CODE=$(text "$answer" device_code)
interval=$(number "$answer" interval)

# <snippet show>
echo "Open $(text "$answer" verification_uri) and enter the code $(text "$answer" user_code)"
# </snippet>

# <snippet poll>
while :; do
  sleep "$interval"
  answer=$(curl --silent --show-error "$IDP/connect/token" \
    --data "grant_type=urn:ietf:params:oauth:grant-type:device_code" \
    --data "device_code=$DEVICE_CODE" \
    --data "client_id=tv")
  case $answer in
    *'"authorization_pending"'*) ;;
    *'"slow_down"'*) interval=$((interval + 5)) ;;
    *) break ;;
  esac
done
# </snippet>

case $answer in
  *'"access_token"'*) echo "Connected." ;;
  *) echo "Not connected: $(text "$answer" error)" >&2; exit 1 ;;
esac
