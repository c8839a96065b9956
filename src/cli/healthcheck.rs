//! `wamux healthcheck`: asks the running daemon whether it is well, for Docker and for scripts.
//!
//! One request over a plain socket, so that the check starts no runtime and needs no other program.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::{Cli, say};
use crate::exit::{Exit, Failure};

const PATH: &str = "/api/health";
const TIMEOUT: Duration = Duration::from_secs(3);
const STATUS_LINE_BYTES_MAX: u64 = 256;

/// Asks the daemon at the configured address; fails unless it answers 200 in time.
pub fn healthcheck(cli: &Cli) -> Result<Exit, Failure> {
    let address = reachable(cli.read_config()?.server.listen);
    let unhealthy = |problem: String| Failure {
        exit: Exit::Internal,
        sentence: format!("http://{address}{PATH}: {problem}"),
    };
    match status(address) {
        Ok(200) => {
            say("healthy");
            Ok(Exit::Ok)
        }
        Ok(code) => Err(unhealthy(format!("the daemon answered {code}"))),
        Err(error) => Err(unhealthy(format!("the daemon did not answer: {error}"))),
    }
}

/// Where to reach a listener: "every address" is a place to listen, not to connect to.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(loopback, listen.port())
}

fn status(address: SocketAddr) -> io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    // In one piece: whoever answers may not wait for a second one.
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    stream.take(STATUS_LINE_BYTES_MAX).read_to_end(&mut head)?;
    status_code(&head)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is no HTTP answer"))
}

/// The code in `HTTP/1.1 200 OK`.
fn status_code(head: &[u8]) -> Option<u16> {
    let head = String::from_utf8_lossy(head);
    let (version, rest) = head.lines().next()?.split_once(' ')?;
    version
        .starts_with("HTTP/1.")
        .then(|| rest.get(..3)?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that answers one request with `answer` and hands back what it was asked.
    fn serve_once(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                asked.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        (address, served)
    }

    #[test]
    fn it_asks_for_the_health_and_reads_the_code() {
        let (address, served) = serve_once("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(status(address).unwrap(), 200);
        assert!(
            served
                .join()
                .unwrap()
                .starts_with("GET /api/health HTTP/1.1\r\n")
        );
    }

    #[test]
    fn another_code_and_another_protocol_are_told_apart() {
        let (address, _served) = serve_once("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert_eq!(status(address).unwrap(), 503);
        let (address, _served) = serve_once("SSH-2.0-OpenSSH_9.2\r\n");
        assert_eq!(
            status(address).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }

    #[test]
    fn nobody_listening_is_a_failure() {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap();
        assert_eq!(
            status(address).unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
    }

    #[test]
    fn a_daemon_that_listens_everywhere_is_asked_on_loopback() {
        assert_eq!(
            reachable("0.0.0.0:3000".parse().unwrap()),
            "127.0.0.1:3000".parse().unwrap()
        );
        assert_eq!(
            reachable("[::]:3000".parse().unwrap()),
            "[::1]:3000".parse().unwrap()
        );
        assert_eq!(
            reachable("10.1.2.3:3000".parse().unwrap()),
            "10.1.2.3:3000".parse().unwrap()
        );
    }
}
