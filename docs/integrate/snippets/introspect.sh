#!/bin/sh
# Asks, as the API, whether an access token is still good. IDP is the provider's address, for example http://localhost:5000
set -eu

ACCESS_TOKEN=$(sh "$(dirname "$0")/client-credentials.sh" | grep -o '"access_token" *: *"[^"]*"' | cut -d '"' -f 4)

answer=$(
# <snippet request>
curl --silent --show-error "$IDP/connect/introspect" \
  --user "urn%3Ademo%3Aapi:api-secret" \
  --data "token=$ACCESS_TOKEN"
# </snippet>
)

echo "$answer"
case $(printf %s "$answer" | tr -d ' \n') in
  *'"active":true'*) ;;
  *) echo "A fresh token should be active." >&2; exit 1 ;;
esac
