// Plain node with jose: no framework, keys from the key set.
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { audience, host, issuer, jwksUrl, port, postsOf } from './settings.mjs'

const keys = createRemoteJWKSet(new URL(jwksUrl))
const options = { issuer, audience, algorithms: ['RS256'] }

const answer = async (request, response) => {
  try {
    const token = request.headers.authorization?.split(' ')[1] ?? ''
    const { payload } = await jwtVerify(token, keys, options)
    const body = JSON.stringify(postsOf(payload.sub))
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    })
    response.end(body)
  } catch {
    response.writeHead(401).end()
  }
}

createServer(answer).listen(port, host)
