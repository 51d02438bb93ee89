//! The extractors whose presence in a handler's signature is the protection.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use token::Claims;

use crate::authorization::{Presented, presented};
use crate::metric;
use crate::rejection::{AuthRejection, Refusal};
use crate::verifier::{Verifier, VerifyError};

/// Who calls: the claims of a token that was verified for this request.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Claims>);

/// Who calls, if they say so: a request without a token passes, one with a bad token does not.
#[derive(Debug, Clone)]
pub struct OptionalCaller(pub Option<Caller>);

/// A scope that a handler requires, named by a type.
pub trait RequiredScope {
    /// The scope, as it stands in the token.
    const SCOPE: &'static str;
}

/// A caller whose token carries the scope `S`; others get 403 `insufficient_scope`.
///
/// ```
/// use verifier::{CallerWith, RequiredScope};
///
/// struct Read;
/// impl RequiredScope for Read {
///     const SCOPE: &'static str = "reports:read";
/// }
///
/// async fn reports(caller: CallerWith<Read>) -> String {
///     format!("reports of {}", caller.subject)
/// }
/// ```
pub struct CallerWith<S> {
    caller: Caller,
    scope: PhantomData<fn() -> S>,
}

impl Deref for Caller {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

impl<S> Deref for CallerWith<S> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.caller
    }
}

/// What is asked of `S` is a name and nothing else.
impl<S> Clone for CallerWith<S> {
    fn clone(&self) -> Self {
        Self {
            caller: self.caller.clone(),
            scope: PhantomData,
        }
    }
}

impl<S> fmt::Debug for CallerWith<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallerWith").field(&self.caller.0).finish()
    }
}

impl<S> From<CallerWith<S>> for Caller {
    fn from(with: CallerWith<S>) -> Self {
        with.caller
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let verifier = Verifier::from_ref(state);
        match identify(parts, &verifier).await {
            Ok(Some(caller)) => Ok(caller),
            Ok(None) => Err(refuse(Refusal::NoToken, &verifier, parts)),
            Err(refusal) => Err(refuse(refusal, &verifier, parts)),
        }
    }
}

impl<S> OptionalFromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, AuthRejection> {
        let verifier = Verifier::from_ref(state);
        let identified = identify(parts, &verifier).await;
        identified.map_err(|refusal| refuse(refusal, &verifier, parts))
    }
}

impl<S> FromRequestParts<S> for OptionalCaller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        <Caller as OptionalFromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map(Self)
    }
}

impl<S, R> FromRequestParts<S> for CallerWith<R>
where
    Verifier: FromRef<S>,
    S: Send + Sync,
    R: RequiredScope,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if !caller.scope.contains(R::SCOPE) {
            let scope = R::SCOPE;
            tracing::debug!(code = "insufficient_scope", scope, "caller refused");
            let refusal = Refusal::InsufficientScope(scope);
            return Err(refuse(refusal, &Verifier::from_ref(state), parts));
        }
        Ok(Self {
            caller,
            scope: PhantomData,
        })
    }
}

/// Who calls; `None` when the request does not say. The reason a token is refused goes to the
/// log, the caller is told no more than that it is.
async fn identify(parts: &Parts, verifier: &Verifier) -> Result<Option<Caller>, Refusal> {
    let credentials = match presented(&parts.headers) {
        Presented::Nothing => return Ok(None),
        Presented::Ambiguous => return Err(malformed(Refusal::InvalidRequest)),
        Presented::Credentials(credentials) => credentials,
    };
    match verifier.verify_credentials(credentials).await {
        None => Err(malformed(Refusal::InvalidToken)),
        Some(Ok(claims)) => Ok(Some(Caller(claims))),
        Some(Err(error)) => {
            tracing::debug!(code = error.code(), reason = %error, "token refused");
            Err(refusal(&error))
        }
    }
}

fn malformed(refusal: Refusal) -> Refusal {
    metric::rejected("malformed_authorization");
    tracing::debug!(code = "malformed_authorization", "token refused");
    refusal
}

fn refusal(error: &VerifyError) -> Refusal {
    match *error {
        VerifyError::Rejected(_) => Refusal::InvalidToken,
        VerifyError::Unavailable { retry_after } => Refusal::Unavailable { retry_after },
    }
}

fn refuse(refusal: Refusal, verifier: &Verifier, parts: &Parts) -> AuthRejection {
    let request_id = parts
        .headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok());
    let request_id = request_id
        .filter(|id| id.len() <= MAX_REQUEST_ID)
        .map(str::to_owned);
    AuthRejection {
        refusal,
        challenge: Arc::clone(verifier.challenge()),
        request_id,
    }
}

/// Longer ones are not repeated.
const MAX_REQUEST_ID: usize = 128;
