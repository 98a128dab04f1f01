#!/bin/sh
# Shows how a refusal looks. IDP is the provider's address, for example http://localhost:5000
set -eu

answer=$(
# <snippet request>
curl --silent --show-error --write-out "\n%{http_code}" "$IDP/connect/token" \
  --user "worker:not-the-secret" \
  --data "grant_type=client_credentials" \
  --data "scope=api.read"
# </snippet>
)

echo "$answer"
case $answer in
  *'"invalid_client"'*401) ;;
  *) echo "A wrong secret should be answered with 401 and invalid_client." >&2; exit 1 ;;
esac
