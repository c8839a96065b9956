//! What reqwest and the libraries under it say, in the words of the domain. URLs stay out of it: they may hold secrets.

use super::guard::Refused;
use crate::domain::webhook::Failure;
use crate::domain::webhook::FailureCode;
use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

/// An attempt that did not end in time.
pub(super) fn timeout(limit: Duration) -> Failure {
    let detail = format!("there was no complete answer within {} s", limit.as_secs());
    Failure::new(FailureCode::Timeout, detail)
}

/// An address that is not called.
pub(super) fn refused(refused: &Refused) -> Failure {
    Failure::new(FailureCode::RefusedAddress, refused.to_string())
}

/// An exchange that broke off.
pub(super) fn of(error: &reqwest::Error) -> Failure {
    if let Some(address) = find::<Refused>(error) {
        return refused(address);
    }
    let code = code(error);
    let what = match code {
        FailureCode::Dns => "the name leads to no address",
        FailureCode::Tls => "no trust",
        FailureCode::Connect => "no connection",
        FailureCode::Timeout => "it took too long",
        FailureCode::TooLong => "the head of the answer is too long",
        FailureCode::Protocol => "the answer is not HTTP",
        _ => "the connection closed before the whole answer was here",
    };
    // The innermost error says what happened; those around it say where, which the code does already.
    let reason = causes(error).last().map(ToString::to_string);
    Failure::new(code, format!("{what}: {}", reason.unwrap_or_default()))
}

fn code(error: &reqwest::Error) -> FailureCode {
    let http = find::<hyper::Error>(error);
    if error.is_timeout() {
        FailureCode::Timeout
    } else if error.is_dns() {
        FailureCode::Dns
    } else if find::<rustls::Error>(error).is_some() {
        FailureCode::Tls
    } else if error.is_connect() {
        FailureCode::Connect
    } else if http.is_some_and(hyper::Error::is_parse_too_large) {
        FailureCode::TooLong
    } else if http.is_some_and(hyper::Error::is_parse) {
        FailureCode::Protocol
    } else {
        FailureCode::Closed
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error and everything under it. `io::Error` hides what it was made from when asked for its source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| beneath(*error))
}

fn beneath<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
