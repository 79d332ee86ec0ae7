// `rust`: the standard library's TcpListener, TcpStream, UdpSocket and their unix kin, as a program
// uses them (rustc 1.80). See ../PROTOCOL.md. std binds where it listens; no backlog, no flags.
mod names;
mod say;
mod wire;
use names::{anywhere, internet, internet_said, unix, unix_said};
use say::Fail::{self, Error, Unsupported};
use say::Values;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::Arc;
use wire::Json;
use Sock::*;

const OPERATIONS: &str = "accept bind close connect fileno getpeername getsockname listen recv \
    recv_exactly recv_until_eof recvfrom send sendall sendto shutdown so_error";
const TRANSPORTS: &str = "tcp4 tcp6 udp4 udp6 unix-stream unix-dgram";

pub enum Sock {
    Tcp(TcpStream),
    TcpServer(TcpListener),
    Udp(UdpSocket),
    Unix(UnixStream),
    UnixServer(UnixListener),
    Dgram(UnixDatagram),
}

const NO_SUCH: Fail = Unsupported("std has no such method of this kind of socket");

/// The expression for each kind of socket that is named, as `$s`.
macro_rules! each {
    ($sock:expr, $($kind:ident)+, $s:ident => $do:expr) => {
        match $sock {
            $($kind($s) => $do,)+
            #[allow(unreachable_patterns)]
            _ => Err(NO_SUCH),
        }
    };
}

impl Sock {
    pub fn fd(&self) -> Result<RawFd, Fail> {
        each!(self, Tcp TcpServer Udp Unix UnixServer Dgram, s => Ok(s.as_raw_fd()))
    }

    fn read(&self, buffer: &mut [u8]) -> Result<usize, Fail> {
        match self {
            Udp(s) => Ok(s.recv(buffer)?),
            Dgram(s) => Ok(s.recv(buffer)?),
            _ => each!(self, Tcp Unix, s => { let mut s = s; Ok(s.read(buffer)?) }),
        }
    }

    fn write(&self, data: &[u8]) -> Result<usize, Fail> {
        match self {
            Udp(s) => Ok(s.send(data)?),
            Dgram(s) => Ok(s.send(data)?),
            _ => each!(self, Tcp Unix, s => { let mut s = s; Ok(s.write(data)?) }),
        }
    }

    pub fn name(&self) -> Values {
        match self {
            Tcp(_) | TcpServer(_) | Udp(_) => {
                each!(self, Tcp TcpServer Udp, s => Ok(internet_said(s.local_addr()?)))
            }
            _ => each!(self, Unix UnixServer Dgram, s => Ok(unix_said(&s.local_addr()?))),
        }
    }

    fn take_error(&self) -> Result<Option<io::Error>, Fail> {
        each!(self, Tcp TcpServer Udp Unix UnixServer Dgram, s => Ok(s.take_error()?))
    }

    fn peer(&self) -> Values {
        match self {
            Tcp(_) | Udp(_) => each!(self, Tcp Udp, s => Ok(internet_said(s.peer_addr()?))),
            _ => each!(self, Unix Dgram, s => Ok(unix_said(&s.peer_addr()?))),
        }
    }
}

fn listen(transport: &str, address: &Json, handle: &str) -> Result<Sock, Fail> {
    match transport {
        "tcp4" | "tcp6" => Ok(TcpServer(TcpListener::bind(internet(address, transport)?)?)),
        "unix-stream" => Ok(UnixServer(UnixListener::bind_addr(&unix(address, handle)?)?)),
        _ => Err(NO_SUCH),
    }
}

fn bind(transport: &str, address: &Json, handle: &str) -> Result<Sock, Fail> {
    match transport {
        "udp4" | "udp6" => Ok(Udp(UdpSocket::bind(internet(address, transport)?)?)),
        "unix-dgram" => Ok(Dgram(UnixDatagram::bind_addr(&unix(address, handle)?)?)),
        _ => Err(Unsupported("std binds where it listens, in one call")),
    }
}

fn unbound(transport: &str) -> Result<Sock, Fail> {
    match transport {
        "udp4" | "udp6" => Ok(Udp(UdpSocket::bind(anywhere(transport))?)),
        "unix-dgram" => Ok(Dgram(UnixDatagram::unbound()?)),
        _ => Err(NO_SUCH),
    }
}

fn connect(transport: &str, to: &Json, known: Option<Arc<Sock>>) -> Result<Arc<Sock>, Fail> {
    match (transport, known) {
        ("tcp4" | "tcp6", None) => Ok(Arc::new(Tcp(TcpStream::connect(internet(to, transport)?)?))),
        ("unix-stream", None) => Ok(Arc::new(Unix(UnixStream::connect_addr(&unix(to, "")?)?))),
        ("tcp4" | "tcp6" | "unix-stream", _) => {
            Err(Unsupported("std connects what it makes, once"))
        }
        (_, known) => {
            let sock = known.map_or_else(|| unbound(transport).map(Arc::new), Ok)?;
            match &*sock {
                Udp(s) => s.connect(internet(to, transport)?)?,
                Dgram(s) => s.connect_addr(&unix(to, "")?)?,
                _ => return Err(NO_SUCH),
            }
            Ok(sock)
        }
    }
}

fn accept(sock: &Sock) -> Result<(Sock, String), Fail> {
    match sock {
        TcpServer(s) => {
            s.accept().map(|(conn, peer)| (Tcp(conn), internet_said(peer))).map_err(Error)
        }
        UnixServer(s) => {
            s.accept().map(|(conn, peer)| (Unix(conn), unix_said(&peer))).map_err(Error)
        }
        _ => Err(NO_SUCH),
    }
}

fn send_to(sock: &Sock, data: &[u8], to: &Json, transport: &str) -> Result<usize, Fail> {
    match sock {
        Udp(s) => Ok(s.send_to(data, internet(to, transport)?)?),
        Dgram(s) => Ok(s.send_to_addr(data, &unix(to, "")?)?),
        _ => Err(NO_SUCH),
    }
}

fn receive_from(sock: &Sock, size: usize) -> Result<(Vec<u8>, String), Fail> {
    let mut buffer = vec![0; size];
    let (got, peer) = match sock {
        Udp(s) => s.recv_from(&mut buffer).map(|(got, peer)| (got, internet_said(peer)))?,
        Dgram(s) => s.recv_from(&mut buffer).map(|(got, peer)| (got, unix_said(&peer)))?,
        _ => return Err(NO_SUCH),
    };
    buffer.truncate(got);
    Ok((buffer, peer))
}

fn receive(sock: &Sock, size: usize) -> Result<Vec<u8>, Fail> {
    let mut buffer = vec![0; size];
    let got = sock.read(&mut buffer)?;
    buffer.truncate(got);
    Ok(buffer)
}

/// Read until `size` bytes have come, or the end; the number of calls, too.
fn read_all(sock: &Sock, size: usize, chunk: usize) -> Result<(Vec<u8>, usize), Fail> {
    let (mut data, mut calls, mut buffer) = (Vec::new(), 0, vec![0; chunk.min(size)]);
    while data.len() < size {
        let room = buffer.len().min(size - data.len());
        let got = sock.read(&mut buffer[..room])?;
        calls += 1;
        if got == 0 {
            break;
        }
        data.extend(&buffer[..got]);
    }
    Ok((data, calls))
}

fn write_all(sock: &Sock, data: &[u8]) -> Result<(), Fail> {
    match sock {
        Udp(_) | Dgram(_) => sock.write(data).map(drop),
        _ => each!(sock, Tcp Unix, s => { let mut s = s; Ok(s.write_all(data)?) }),
    }
}

fn shut(sock: &Sock, how: &str) -> Values {
    let how = match how {
        "read" => Shutdown::Read,
        "write" => Shutdown::Write,
        _ => Shutdown::Both,
    };
    each!(sock, Tcp Unix Dgram, s => { s.shutdown(how)?; Ok(String::new()) })
}

fn main() {
    say::be_a_driver(OPERATIONS, TRANSPORTS);
}
