#!/bin/sh
# Gets an access token for the worker itself. IDP is the provider's address, for example http://localhost:5000
set -eu

answer=$(
# <snippet request>
curl --silent --show-error "$IDP/connect/token" \
  --user "worker:worker-secret" \
  --data "grant_type=client_credentials" \
  --data "scope=api.read"
# </snippet>
)

echo "$answer"
case $answer in
  *'"access_token"'*) ;;
  *) echo "No access token was issued." >&2; exit 1 ;;
esac
