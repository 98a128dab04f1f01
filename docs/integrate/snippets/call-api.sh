#!/bin/sh
# Calls the sample API with a token of the worker. IDP and API are their addresses, for example http://localhost:5000 and http://localhost:5002
set -eu

ACCESS_TOKEN=$(sh "$(dirname "$0")/client-credentials.sh" | grep -o '"access_token" *: *"[^"]*"' | cut -d '"' -f 4)

answer=$(
# <snippet request>
curl --silent --show-error "$API/weather" \
  --header "Authorization: Bearer $ACCESS_TOKEN"
# </snippet>
)

echo "$answer"
case $answer in
  *'"forecast"'*) ;;
  *) echo "The API did not accept the token." >&2; exit 1 ;;
esac
