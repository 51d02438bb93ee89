//! What the OpenAPI documents of both services have in common: what any call can be answered with,
//! and the calls of a probe.

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, OpenApi, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi as _, ToResponse, ToSchema};

use crate::health;

/// The document of a service, which describes its own calls and the kinds of problem that a `type`
/// can name.
#[must_use]
pub fn document(of_service: OpenApi, problem_types: &[(&str, &str)]) -> Value {
    let mut openapi = of_service;
    openapi.merge(Common::openapi());
    AnyCall.modify(&mut openapi);
    let mut document = json!(openapi);
    document["x-problem-types"] = problem_types.iter().copied().collect();
    document
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(health::healthz, health::readyz),
    components(responses(Refused), schemas(ProblemDocument))
)]
struct Common;

/// Any error: a problem document.
#[derive(ToResponse)]
#[response(
    description = "A problem document; its type is explained in /docs",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "a shape for the document, never a value")]
pub struct Refused(ProblemDocument);

/// RFC 9457, with the id under which the log knows the request.
#[derive(ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/docs#not-found",
    "title": "Not found",
    "status": 404,
    "detail": "There is nothing at this address.",
    "request_id": "0190b5a4-7c11-7abc-8000-0123456789ab",
}))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
pub struct ProblemDocument {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    request_id: String,
    #[schema(value_type = Vec<FieldError>, required = false)]
    errors: Option<Vec<FieldError>>,
}

/// One field that is wrong.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct FieldError {
    field: String,
    message: String,
}

/// What any call can be answered with, whatever it is for.
struct AnyCall;

impl Modify for AnyCall {
    fn modify(&self, openapi: &mut OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            let operations = [
                (HttpMethod::Get, &mut item.get),
                (HttpMethod::Post, &mut item.post),
                (HttpMethod::Put, &mut item.put),
                (HttpMethod::Patch, &mut item.patch),
                (HttpMethod::Delete, &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    add_refusals(&method, operation);
                }
            }
        }
    }
}

fn add_refusals(method: &HttpMethod, operation: &mut Operation) {
    // What a handler's comment says to its readers here is not for its callers.
    operation.description.take_if(|text| text.is_empty());
    let mut statuses = vec!["400", "414", "431", "500", "503"];
    if operation.security.is_some() {
        statuses.push("401");
    }
    if let Some(RefOr::T(body)) = &operation.request_body {
        statuses.extend(["408", "413", "415"]);
        if body.content.keys().any(|media| media.ends_with("json")) {
            statuses.push("422");
        }
    }
    if *method != HttpMethod::Get {
        statuses.push("507");
    }
    let described = &mut operation.responses.responses;
    for status in statuses {
        described
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::<Response>::Ref(Ref::from_response_name("Refused")));
    }
}
