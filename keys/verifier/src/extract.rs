//! The extractors whose presence in a handler's signature is the protection.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use token::Claims;

use crate::rejection::AuthRejection;
use crate::verifier::Verifier;

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

impl<S> FromRequestParts<S> for Caller
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let _ = (parts, Verifier::from_ref(state));
        todo!()
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
        let _ = (parts, Verifier::from_ref(state));
        todo!()
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
        Ok(Self {
            caller,
            scope: PhantomData,
        })
    }
}
