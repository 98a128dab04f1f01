#!/bin/sh
# Gives an access token back before it expires. IDP is the provider's address, for example http://localhost:5000
set -eu

ACCESS_TOKEN=$(sh "$(dirname "$0")/client-credentials.sh" | grep -o '"access_token" *: *"[^"]*"' | cut -d '"' -f 4)

# <snippet request>
curl --silent --show-error "$IDP/connect/revocation" \
  --user "worker:worker-secret" \
  --data "token=$ACCESS_TOKEN"
# </snippet>

answer=$(curl --silent --show-error "$IDP/connect/introspect" --user "urn%3Ademo%3Aapi:api-secret" --data "token=$ACCESS_TOKEN")
echo "$answer"
case $(printf %s "$answer" | tr -d ' \n') in
  *'"active":false'*) ;;
  *) echo "A revoked token should be inactive." >&2; exit 1 ;;
esac
