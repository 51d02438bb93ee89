"""Verifies one token with PyJWT as its documentation shows: prints the subject, or `refused`."""

import sys

import jwt

key_set_url, issuer, audience, token = sys.argv[1:]
try:
    key = jwt.PyJWKClient(key_set_url).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
except jwt.PyJWTError as error:
    print("refused")
    print(repr(error), file=sys.stderr)
    sys.exit(1)
print(claims["sub"])
