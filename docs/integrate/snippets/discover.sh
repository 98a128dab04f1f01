#!/bin/sh
# Reads the provider's metadata. IDP is the provider's address, for example http://localhost:5000
set -eu

answer=$(
# <snippet request>
curl --silent --show-error "$IDP/.well-known/openid-configuration"
# </snippet>
)

echo "$answer"
case $answer in
  *'"issuer"'*'"token_endpoint"'* | *'"token_endpoint"'*'"issuer"'*) ;;
  *) echo "This is not the metadata of an OpenID provider." >&2; exit 1 ;;
esac
