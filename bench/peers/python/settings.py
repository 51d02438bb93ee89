"""What the benchmark sets, the same for every peer."""
import json
import os

ISSUER = os.environ["ISSUER"]
AUDIENCE = "posts"
JWKS_URL = os.environ["JWKS_URL"]
SHARED_SECRET = os.environ["SHARED_SECRET"]

with open(os.environ["POSTS_FILE"], encoding="utf-8") as file:
    _POSTS = json.load(file)


def posts_of(author):
    return [post for post in _POSTS if post["author"] == author]
