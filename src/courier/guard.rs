//! Which addresses are called: public ones, and those that the configuration allows. Without this, whoever may make a
//! webhook could have the daemon call what only the daemon can reach.

use ipnet::IpNet;
use ipnet::Ipv4Net;
use ipnet::Ipv6Net;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 that is not public, from IANA's registry of special-purpose addresses; and Azure's metadata, which only looks
/// public. That of the other clouds is within these ranges.
const CLOSED_V4: [(Ipv4Net, &str); 17] = [
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "a shared address of a provider"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(168, 63, 129, 16, 32), "a metadata address"),
    (v4(169, 254, 169, 254, 32), "a metadata address"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a reserved address"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// All public IPv6 is within this range.
const OPEN_V6: Ipv6Net = v6(0x2000, 0, 3);

/// IPv6 that is not public: parts of that range, and names for parts of the rest.
const CLOSED_V6: [(Ipv6Net, &str); 7] = [
    (v6(0x2001, 0, 23), "a reserved address"),
    (v6(0x2001, 0xdb8, 32), "an address for documentation"),
    (v6(0x3fff, 0, 20), "an address for documentation"),
    (v6(0xfc00, 0, 7), "a private address"),
    (v6(0xfe80, 0, 10), "a link-local address"),
    (v6(0xff00, 0, 8), "a multicast address"),
    (
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
        "a loopback address",
    ),
];

/// An address that is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} is {kind}; only public addresses are called, and those that webhooks.allow_addresses in the \
     configuration names"
)]
pub struct Refused {
    /// The address.
    pub address: IpAddr,
    /// What it is, as in "a private address".
    pub kind: &'static str,
}

/// Decides for each address.
#[derive(Debug)]
pub(super) struct Guard {
    allowed: Vec<IpNet>,
}

impl Guard {
    /// A guard that lets these ranges pass, beside all that is public.
    pub(super) fn allowing(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Refuses an address that must not be called.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let inner = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(outer) => embedded(outer).map(IpAddr::V4),
        };
        let is_allowed =
            |address: IpAddr| self.allowed.iter().any(|range| range.contains(&address));
        if is_allowed(address) || inner.is_some_and(is_allowed) {
            return Ok(());
        }
        let kind = match inner.unwrap_or(address) {
            IpAddr::V4(address) => closed_v4(address),
            IpAddr::V6(address) => closed_v6(address),
        };
        kind.map_or(Ok(()), |kind| Err(Refused { address, kind }))
    }
}

fn closed_v4(address: Ipv4Addr) -> Option<&'static str> {
    let mut closed = CLOSED_V4.iter();
    closed
        .find(|(range, _)| range.contains(&address))
        .map(|(_, kind)| *kind)
}

fn closed_v6(address: Ipv6Addr) -> Option<&'static str> {
    let mut closed = CLOSED_V6.iter();
    let named = closed
        .find(|(range, _)| range.contains(&address))
        .map(|(_, kind)| *kind);
    named.or_else(|| (!OPEN_V6.contains(&address)).then_some("a reserved address"))
}

/// The IPv4 address that an IPv6 address leads to: mapped, compatible, NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let pair = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // The unspecified address and loopback look like compatible ones, and are not.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => pair(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str]) -> Guard {
        Guard::allowing(allowed.iter().map(|range| range.parse().unwrap()).collect())
    }

    fn passes(guard: &Guard, address: &str) -> bool {
        guard.check(address.parse().unwrap()).is_ok()
    }

    #[test]
    fn public_addresses_are_called() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:0101:0101::1",
        ] {
            assert!(passes(&guard(&[]), address), "{address} was refused");
        }
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_form() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            let inner: Ipv4Addr = address.parse().unwrap();
            let [a, b, c, d] = inner.octets();
            let forms = [
                address.to_owned(),
                format!("::ffff:{address}"),
                format!("::{address}"),
                format!("::ffff:0:{address}"),
                format!("64:ff9b::{address}"),
                format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"),
            ];
            for form in forms {
                assert!(!passes(&guard(&[]), &form), "{form} was not refused");
            }
        }
        for address in [
            "::",
            "::1",
            "100::1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!passes(&guard(&[]), address), "{address} was not refused");
        }
    }

    #[test]
    fn a_range_of_the_configuration_lets_its_addresses_pass_and_no_others() {
        let guard = guard(&["10.1.0.0/16", "fd00::/8", "169.254.169.254/32"]);
        for address in [
            "10.1.2.3",
            "::ffff:10.1.2.3",
            "64:ff9b::10.1.2.3",
            "fd12::1",
            "169.254.169.254",
            "1.1.1.1",
        ] {
            assert!(passes(&guard, address), "{address} was refused");
        }
        for address in ["10.2.0.1", "127.0.0.1", "::1", "fc00::1", "169.254.169.253"] {
            assert!(!passes(&guard, address), "{address} was not refused");
        }
    }

    #[test]
    fn a_refusal_says_what_the_address_is_and_what_to_do() {
        let refused = guard(&[]).check(IpAddr::from([192, 168, 0, 1]));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "192.168.0.1 is a private address; only public addresses are called, and those that \
             webhooks.allow_addresses in the configuration names"
        );
    }
}
