//! An issuer for measurements: keys made anew in each run, a key set on loopback, and tokens by
//! the ten thousand.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use token::{KeySet, PublicKey};

use crate::{
    clock,
    failure::{Failure, Result, While as _},
};

/// Signs what `posts` and its peers are asked to verify.
pub(crate) struct Issuer {
    pair: KeyPair,
    public: PublicKey,
    address: SocketAddr,
}

/// The secret of the peers that share one.
pub(crate) const SHARED_SECRET: &str = "a shared secret of thirty-two bytes";

const ONE_KEY: &str = "/.well-known/jwks.json";
const HUNDRED_KEYS: &str = "/hundred.json";

impl Issuer {
    /// Makes a key and serves its public half, beside `strangers` other keys on the second path.
    pub(crate) fn open(strangers: usize) -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).while_doing("making a key")?;
        let public = public_key(&pair)?;
        let one = key_set(vec![public.clone()])?;
        let mut hundred = public_keys(strangers)?;
        hundred.push(public.clone());
        let hundred = key_set(hundred)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || serve(&listener, &one, &hundred));
        Ok(Self {
            pair,
            public,
            address,
        })
    }

    /// The `iss` of the tokens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the key set is.
    pub(crate) fn key_set_url(&self) -> String {
        format!("{}{ONE_KEY}", self.url())
    }

    /// Where the set with many keys is; the signing key is its last.
    pub(crate) fn many_keys_url(&self) -> String {
        format!("{}{HUNDRED_KEYS}", self.url())
    }

    /// This many RS256 tokens for jack, no two alike, made on every processor.
    pub(crate) fn tokens(&self, count: usize) -> Result<Arc<[String]>> {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = count.div_ceil(workers).max(1);
        let numbers: Vec<usize> = (0..count).collect();
        let made = thread::scope(|scope| {
            let sign = |part: &[usize]| part.iter().map(|number| self.token(*number)).collect();
            let parts = numbers
                .chunks(share)
                .map(|part| scope.spawn(move || sign(part)));
            let running: Vec<_> = parts.collect();
            running
                .into_iter()
                .map(joined)
                .collect::<Result<Vec<Vec<String>>>>()
        })?;
        Ok(made.into_iter().flatten().collect())
    }

    fn token(&self, number: usize) -> Result<String> {
        let kid = self.public.kid();
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#);
        let message = self.message(&header, number);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .while_doing("signing a token")?;
        Ok(format!("{message}.{}", BASE64URL.encode(signature)))
    }

    /// This many HS256 tokens for jack by [`SHARED_SECRET`].
    pub(crate) fn shared_secret_tokens(&self, count: usize) -> Arc<[String]> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SHARED_SECRET.as_bytes());
        let tokens = (0..count).map(|number| {
            let message = self.message(r#"{"alg":"HS256","typ":"JWT"}"#, number);
            let tag = hmac::sign(&key, message.as_bytes());
            format!("{message}.{}", BASE64URL.encode(tag))
        });
        tokens.collect()
    }

    fn message(&self, header: &str, number: usize) -> String {
        let (issuer, now) = (self.url(), clock::unix_seconds());
        // `type` and `fresh` are what Flask-JWT-Extended looks for; nobody else minds them.
        let claims = serde_json::json!({
            "iss": issuer, "sub": "jack", "aud": "posts", "iat": now, "nbf": now,
            "exp": now + 3600, "jti": format!("{number:032x}"), "client_id": "bench",
            "scope": "posts:read posts:write", "name": "jack", "sid": "0123456789abcdef",
            "type": "access", "fresh": false,
        });
        format!(
            "{}.{}",
            BASE64URL.encode(header),
            BASE64URL.encode(claims.to_string())
        )
    }

    /// The public key in PEM, for peers that hold one instead of fetching it.
    pub(crate) fn public_key_pem(&self) -> Result<String> {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        use base64::engine::general_purpose::STANDARD as BASE64;
        let der: PublicKeyX509Der<'_> = self
            .pair
            .public_key()
            .as_der()
            .while_doing("encoding the key")?;
        let text = BASE64.encode(der.as_ref());
        Ok(format!(
            "-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"
        ))
    }
}

fn public_key(pair: &KeyPair) -> Result<PublicKey> {
    let public = pair.public_key();
    let modulus = public.modulus().big_endian_without_leading_zero();
    let exponent = public.exponent().big_endian_without_leading_zero();
    PublicKey::from_components(modulus, exponent).while_doing("reading a new key")
}

fn key_set(keys: Vec<PublicKey>) -> Result<String> {
    let set = KeySet::from_keys(keys).while_doing("making a key set")?;
    Ok(set.to_json())
}

/// Public keys whose private halves are thrown away.
fn public_keys(count: usize) -> Result<Vec<PublicKey>> {
    let make = || {
        let pair = KeyPair::generate(KeySize::Rsa2048).while_doing("making a key")?;
        public_key(&pair)
    };
    thread::scope(|scope| {
        let half = count / 2;
        let other = scope.spawn(move || (0..half).map(|_| make()).collect());
        let own: Result<Vec<_>> = (half..count).map(|_| make()).collect();
        let mut keys: Vec<_> = joined(other)?;
        keys.extend(own?);
        Ok(keys)
    })
}

fn joined<T>(running: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    let ended = running.join();
    ended.map_err(|_| Failure::new("a thread that makes keys or tokens ended early"))?
}

fn serve(listener: &TcpListener, one: &str, hundred: &str) {
    for stream in listener.incoming().flatten() {
        // A client that goes away is its own affair.
        let _ = answer(&stream, one, hundred);
    }
}

fn answer(mut stream: &TcpStream, one: &str, hundred: &str) -> Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    // jwt-authorizer names the key that it looks for in a query.
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match target.split('?').next() {
        Some(ONE_KEY) => ("200 OK", one),
        Some(HUNDRED_KEYS) => ("200 OK", hundred),
        _ => ("404 Not Found", ""),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/jwk-set+json\r\n\
         Cache-Control: public, max-age=600\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use token::{Policy, Timestamp};

    use super::*;
    use crate::load::{Capture, Generator, Limit, Pace, Rotation};

    #[test]
    fn its_tokens_are_good_and_no_two_are_alike() {
        let issuer = Issuer::open(0).unwrap();
        let tokens = issuer.tokens(3).unwrap();
        let keys = KeySet::from_keys(vec![issuer.public.clone()]).unwrap();
        let policy = Policy::new(issuer.url(), "posts");
        let now = Timestamp::from_unix_seconds(i64::try_from(clock::unix_seconds()).unwrap());
        for token in &*tokens {
            let claims = token::verify(token, &keys, &policy, now).unwrap();
            assert_eq!(claims.subject, "jack");
        }
        assert_ne!(tokens[0], tokens[1]);
        assert_eq!(tokens.len(), 3);
    }

    #[test]
    fn its_key_set_is_served() {
        let issuer = Issuer::open(1).unwrap();
        let mut asking = Rotation::anonymous(&format!("{HUNDRED_KEYS}?kid=x"));
        let mut answer = Capture::of(&mut asking);
        let once = Limit {
            requests: 1,
            time: std::time::Duration::from_secs(30),
        };
        let mut generator = Generator::connect(issuer.address, 1).unwrap();
        generator
            .run(&mut answer, Pace::Closed { in_flight: 1 }, once)
            .unwrap();
        let keys = KeySet::parse(answer.body.as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        assert!(keys.find(issuer.public.kid().as_str()).is_some());
        generator
            .run(
                &mut Rotation::anonymous("/"),
                Pace::Closed { in_flight: 1 },
                once,
            )
            .err()
            .unwrap();
    }
}
