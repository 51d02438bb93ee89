"""Verifies one token a line with PyJWT and one PyJWKClient, at a sixtieth of its default times:
prints the subject, or `refused` and why."""

import sys

import jwt

key_set_url, issuer, audience = sys.argv[1:]
keys = jwt.PyJWKClient(key_set_url, lifespan=5, cooldown_duration=0.5)
for token in map(str.strip, sys.stdin):
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
        print(claims["sub"], flush=True)
    except jwt.PyJWTError as error:
        print("refused", type(error).__name__, flush=True)
