// What the benchmark sets, the same for every peer.
import { readFileSync } from 'node:fs'

export const port = Number(process.env.PORT)
export const host = '127.0.0.1'
export const issuer = process.env.ISSUER
export const audience = 'posts'
export const jwksUrl = process.env.JWKS_URL
export const sharedSecret = process.env.SHARED_SECRET
export const publicKeyPem = () => readFileSync(process.env.PUBLIC_KEY_FILE, 'utf8')

const posts = JSON.parse(readFileSync(process.env.POSTS_FILE, 'utf8'))
export const postsOf = (author) => posts.filter((post) => post.author === author)
