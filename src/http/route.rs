//! Every path and its methods, as data: the filters in [`crate::http`] do what this table says.

/// A path and the methods that it answers to.
pub(super) struct Route {
    /// `{id}`, `{eventId}` and `{token}` stand for one segment, `{file...}` for all that follow.
    pub(super) path: &'static str,
    /// As the `Allow` header says it.
    pub(super) allow: &'static str,
}

/// Every path, for the log (which shows these, never an id), for `Allow`, and for the test that docs/API.md is
/// complete. [`crate::http::routes`] says what each of them does.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/health",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/health/live",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/health/ready",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/metrics",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/openapi.json",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/me",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/clients",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/stats",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/sessions",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}",
        allow: "GET, HEAD, DELETE, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/qr",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/pairing-code",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/passkey",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/passkey/confirmation",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/linking/cancel",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/pairing-link",
        allow: "POST, DELETE, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/start",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/stop",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/restart",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/logout",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/messages",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/sessions/{id}/chats",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/messages/send",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/messages/{id}",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/messages/{id}/timeline",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/messages/{id}/cancel",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/events",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/events/stream",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/events/ws",
        allow: "GET, OPTIONS",
    },
    Route {
        path: "/api/tickets",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/webhooks",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}",
        allow: "GET, HEAD, PATCH, DELETE, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/rotate-secret",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/test",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/redeliver",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/deliveries",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/deliveries/{eventId}",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/webhooks/{id}/deliveries/{eventId}/redeliver",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/link/{token}",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/qr",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/pairing-code",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/passkey",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/passkey/confirmation",
        allow: "GET, HEAD, POST, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/cancel",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/api/link/{token}/start",
        allow: "POST, OPTIONS",
    },
    Route {
        path: "/link/return",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/link/{token}",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/link/{token}/logo",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/docs",
        allow: "GET, HEAD, OPTIONS",
    },
    Route {
        path: "/assets/{file...}",
        allow: "GET, HEAD, OPTIONS",
    },
    #[cfg(feature = "sandbox")]
    Route {
        path: "/api/sandbox/sessions/{id}/crash",
        allow: "POST, OPTIONS",
    },
    #[cfg(feature = "sandbox")]
    Route {
        path: "/api/sandbox/wedge",
        allow: "POST, OPTIONS",
    },
    #[cfg(feature = "sandbox")]
    Route {
        path: "/api/sandbox/clock",
        allow: "POST, OPTIONS",
    },
    #[cfg(feature = "sandbox")]
    Route {
        path: "/api/sandbox/simulator/{verb...}",
        allow: "GET, HEAD, POST, OPTIONS",
    },
];

impl Route {
    /// The route that a request path belongs to. A slash at the end makes no difference, as in warp's paths.
    pub(super) fn find(path: &str) -> Option<&'static Self> {
        let path = match path.strip_suffix('/') {
            None | Some("") => path,
            Some(path) => path,
        };
        ROUTES.iter().find(|route| route.is_for(path))
    }

    fn is_for(&self, path: &str) -> bool {
        let fits = |pattern: &str, given: &str| {
            pattern == given || (pattern.starts_with('{') && !given.is_empty())
        };
        let (patterns, given) = (self.path.split('/').count(), path.split('/').count());
        let takes_the_rest = self.path.ends_with("...}") && given > patterns;
        (given == patterns || takes_the_rest)
            && self
                .path
                .split('/')
                .zip(path.split('/'))
                .all(|(pattern, given)| fits(pattern, given))
    }

    /// Whether the method is one of [`Route::allow`].
    pub(super) fn allows(&self, method: &str) -> bool {
        self.allow.split(", ").any(|allowed| allowed == method)
    }
}
