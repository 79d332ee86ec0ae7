// Addresses: from the words of ../PROTOCOL.md to those of std, and back.
use super::say::Fail::{self, Unsupported};
use super::wire::{quote, Json};
use std::net::{IpAddr, SocketAddr};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr as UnixName;
use std::sync::atomic::{AtomicUsize, Ordering};

static PATHS: AtomicUsize = AtomicUsize::new(0);

/// Where a request wants to be: its address, or loopback.
pub fn internet(address: &Json, transport: &str) -> Result<SocketAddr, Fail> {
    if address.is_null() {
        return Ok(SocketAddr::new(
            if transport.ends_with('6') { "::1" } else { "127.0.0.1" }.parse().unwrap(),
            0,
        ));
    }
    let port = address.get("port").whole().and_then(|port| u16::try_from(port).ok());
    let plain = address.get("flowinfo").is_null() && address.get("scope").is_null();
    match (address.get("host").text().and_then(|host| host.parse::<IpAddr>().ok()), port) {
        (Some(ip), Some(port)) if plain && ip.is_ipv6() == transport.ends_with('6') => {
            Ok(SocketAddr::new(ip, port))
        }
        _ => Err(Unsupported("an address that this driver cannot make a std::net::SocketAddr of")),
    }
}

/// An address of the same family that any local one will do for.
pub fn anywhere(transport: &str) -> SocketAddr {
    SocketAddr::new(if transport.ends_with('6') { "::" } else { "0.0.0.0" }.parse().unwrap(), 0)
}

/// The same of unix sockets: its address, or a path in the scratch folder that nobody has.
pub fn unix(address: &Json, handle: &str) -> Result<UnixName, Fail> {
    if let Some(name) = address.get("abstract").text() {
        return Ok(UnixName::from_abstract_name(name)?);
    }
    if let Some(path) = address.get("path").text() {
        return Ok(UnixName::from_pathname(path)?);
    }
    if !address.is_null() {
        return Err(Unsupported("a unix socket has a path, or an abstract name"));
    }
    let number = PATHS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::current_dir()?;
    Ok(UnixName::from_pathname(folder.join(format!("{handle}-{number}.sock")))?)
}

pub fn internet_said(name: SocketAddr) -> String {
    format!("{{\"host\":\"{}\",\"port\":{}}}", name.ip(), name.port())
}

pub fn unix_said(name: &UnixName) -> String {
    match (name.as_pathname(), name.as_abstract_name()) {
        (Some(path), _) => format!("{{\"path\":{}}}", quote(&path.to_string_lossy())),
        (_, Some(name)) => format!("{{\"abstract\":{}}}", quote(&String::from_utf8_lossy(name))),
        _ => "{\"path\":\"\"}".into(),
    }
}
