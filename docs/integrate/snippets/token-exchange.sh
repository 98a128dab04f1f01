#!/bin/sh
# Exchanges a token that reached the gateway for one with less in it. IDP is the provider's address, for example http://localhost:5000
set -eu

token() { grep -o '"access_token" *: *"[^"]*"' | cut -d '"' -f 4; }
ACCESS_TOKEN=$(sh "$(dirname "$0")/client-credentials.sh" | token)
GATEWAY_TOKEN=$(curl --silent --show-error "$IDP/connect/token" --user "gateway:gateway-secret" --data "grant_type=client_credentials" --data "scope=api.read" | token)

answer=$(
# <snippet request>
curl --silent --show-error "$IDP/connect/token" \
  --user "gateway:gateway-secret" \
  --data "grant_type=urn:ietf:params:oauth:grant-type:token-exchange" \
  --data "subject_token=$ACCESS_TOKEN" \
  --data "subject_token_type=urn:ietf:params:oauth:token-type:access_token" \
  --data "actor_token=$GATEWAY_TOKEN" \
  --data "actor_token_type=urn:ietf:params:oauth:token-type:access_token" \
  --data "audience=urn:demo:api" \
  --data "scope=api.read"
# </snippet>
)

echo "$answer"
case $answer in
  *'"issued_token_type"'*) ;;
  *) echo "No token was issued." >&2; exit 1 ;;
esac
