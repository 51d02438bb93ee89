// Fastify with @fastify/jwt and the keys of get-jwks, as their documentation shows.
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { audience, host, issuer, port, postsOf } from './settings.mjs'

const fastify = Fastify()
const getJwks = buildGetJwks({ issuersWhitelist: [`${issuer}/`] })

fastify.register(fastifyJwt, {
  decode: { complete: true },
  secret: (request, token) => {
    const { header: { kid, alg }, payload: { iss } } = token
    return getJwks.getPublicKey({ kid, domain: iss, alg })
  },
  verify: { allowedIss: issuer, allowedAud: audience },
})

fastify.addHook('onRequest', async (request, reply) => {
  try {
    await request.jwtVerify()
  } catch (error) {
    reply.send(error)
  }
})

fastify.get('/api/posts', async (request) => postsOf(request.user.sub))

fastify.listen({ port, host })
