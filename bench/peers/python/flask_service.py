"""Flask with Flask-JWT-Extended and a shared secret, as the article's other half; by gunicorn."""
from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required

from settings import AUDIENCE, SHARED_SECRET, posts_of

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = SHARED_SECRET
app.config["JWT_DECODE_AUDIENCE"] = AUDIENCE
JWTManager(app)


@app.get("/api/posts")
@jwt_required()
def posts():
    return jsonify(posts_of(get_jwt_identity()))
