"""FastAPI with PyJWT and its client for key sets, as their documentation shows; by uvicorn."""
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from settings import AUDIENCE, ISSUER, JWKS_URL, posts_of

app = FastAPI()
bearer = HTTPBearer()
keys = jwt.PyJWKClient(JWKS_URL, cache_keys=True)


async def user(credentials: HTTPAuthorizationCredentials = Depends(bearer)):
    token = credentials.credentials
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    return claims["sub"]


@app.get("/api/posts")
async def posts(author: str = Depends(user)):
    return posts_of(author)
