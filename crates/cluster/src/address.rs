//! A server's addresses, and what they say of whoever connects.

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;

use crate::error::Error;

/// Addresses of one server, or of several of one NATS cluster.
pub(crate) struct Addresses(pub(crate) Vec<ServerAddr>);

/// Who connects, as an address can say it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Login {
    User { name: String, password: String },
    Token(String),
}

impl Addresses {
    /// Those in `url`, separated by commas.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let parse = |address: &str| {
            let parsed = address.trim().parse::<ServerAddr>();
            parsed.map_err(|error| Error::Connect {
                url: without_login(address),
                reason: error.to_string(),
            })
        };
        let addresses: Result<_, _> = url.split(',').map(parse).collect();
        addresses.map(Self)
    }

    /// Who connects: what the first address says that says anything. The client takes it from none of them.
    pub(crate) fn login(&self) -> Option<Login> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        self.0.iter().find_map(|address| {
            let name = decoded(address.username()?);
            Some(match address.password().map(decoded) {
                Some(password) => Login::User { name, password },
                None => Login::Token(name),
            })
        })
    }
}

/// Addresses without what lets in, to be shown.
pub(crate) fn without_login(url: &str) -> String {
    let shown = url.split(',').map(|address| {
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), address),
        };
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        scheme + host
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(url: &str) -> Option<Login> {
        Addresses::parse(url).unwrap().login()
    }

    #[test]
    fn users_and_tokens_are_found() {
        assert_eq!(login("nats://server:4222"), None);
        assert_eq!(
            login("nats://token@server"),
            Some(Login::Token("token".to_owned()))
        );
        let user = Login::User {
            name: "me".to_owned(),
            password: "p@ss/,:".to_owned(),
        };
        let encoded = "nats://one,tls://me:p%40ss%2F%2C%3A@two:4222";
        assert_eq!(login(encoded), Some(user));
    }

    #[test]
    fn what_lets_in_is_not_shown() {
        for (url, shown) in [
            ("nats://server:4222", "nats://server:4222"),
            ("server", "server"),
            ("tls://me:pass@server", "tls://server"),
            (
                "me:p@ss@server:1, nats://token@other",
                "server:1, nats://other",
            ),
        ] {
            assert_eq!(without_login(url), shown);
        }
        let Err(error) = Addresses::parse("http://me:pass@server") else {
            panic!("no address of NATS");
        };
        assert!(!error.to_string().contains("pass"), "{error}");
    }
}
