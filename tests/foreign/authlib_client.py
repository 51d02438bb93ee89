"""Gets a token by client credentials with Authlib, from the metadata: prints it, or `refused`."""

import sys

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

issuer, client_id, client_secret = sys.argv[1:]
metadata = requests.get(f"{issuer}/.well-known/oauth-authorization-server", timeout=10).json()
with OAuth2Session(client_id, client_secret, scope="posts:read") as session:
    try:
        token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    except OAuthError as error:
        print("refused")
        print(repr(error), file=sys.stderr)
        sys.exit(1)
print(token["access_token"])
