// The conversation of ../PROTOCOL.md: greet, perform what is asked, answer; handles and their names.
// A plain request is done on the main thread, a started one on a thread of its own.
use super::wire::{describe, payload, quote, Json};
use super::*;
use std::collections::HashMap;
use std::io::BufRead;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Mutex};
use std::time::Duration;
use std::{env, fs, process, thread};
use Fail::{Broken, Error, Unsupported};

extern "C" {
    fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    fn gettid() -> i32;
    // std shuts no listener and no UDP socket down, and closes nothing that a thread waits in.
    fn shutdown(fd: RawFd, how: i32) -> i32;
}

const MONOTONIC: i32 = 1;
const BAD_DESCRIPTOR: i32 = 9;
const CHUNK: i64 = 65536;
const STUCK_AFTER: u32 = 100; // ms
const ERRORS: &str = "EPERM 1 ENOENT 2 EINTR 4 EBADF 9 EAGAIN 11 ENOMEM 12 EACCES 13 EEXIST 17 ENOTDIR 20 EINVAL 22 \
    EMFILE 24 EPIPE 32 ENAMETOOLONG 36 ELOOP 40 ENOTSOCK 88 EDESTADDRREQ 89 EMSGSIZE 90 EPROTOTYPE 91 EOPNOTSUPP 95 \
    EAFNOSUPPORT 97 EADDRINUSE 98 EADDRNOTAVAIL 99 ENETDOWN 100 ENETUNREACH 101 ECONNABORTED 103 ECONNRESET 104 \
    ENOBUFS 105 EISCONN 106 ENOTCONN 107 ETIMEDOUT 110 ECONNREFUSED 111 EHOSTUNREACH 113";

/// The value of an expression, with the clock read before and after it.
macro_rules! timed {
    ($at:expr, $do:expr) => {{
        $at.0 = now();
        let result = $do;
        $at.1 = now();
        result?
    }};
}

/// Why there are no values: the socket's error, what std has not, or a request that is none.
pub enum Fail {
    Error(io::Error),
    Unsupported(&'static str),
    Broken(&'static str),
}

impl From<io::Error> for Fail {
    fn from(error: io::Error) -> Fail {
        Error(error)
    }
}

pub type Values = Result<String, Fail>;

struct Driver {
    operations: &'static str,
    handles: Mutex<HashMap<String, Option<Arc<Sock>>>>, // none: closed, and not forgotten
    running: AtomicUsize,
}

/// Be a driver until the engine goes.
pub fn be_a_driver(operations: &'static str, transports: &str) {
    let words: Vec<String> = env::args().collect();
    let given = words.iter().position(|word| word == "--scratch").and_then(|at| words.get(at + 1));
    let scratch = given
        .map_or_else(|| env::temp_dir().join(format!("sockharness-{}", process::id())), Into::into);
    fs::create_dir_all(&scratch)
        .and_then(|()| env::set_current_dir(&scratch))
        .expect("no scratch folder");
    let list = |names: &str| names.split(' ').map(quote).collect::<Vec<_>>().join(",");
    println!(
        "{{\"hello\":{{\"protocol\":1,\"implementation\":\"rust\",\"version\":\"1\",\"runtime\":\"Rust 2021\",\
         \"os\":{},\"pid\":{},\"operations\":[{}],\"transports\":[{}]}}}}",
        quote(env::consts::OS),
        process::id(),
        list(operations),
        list(transports)
    );
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        let lines = io::stdin().lock().split(b'\n').map_while(Result::ok);
        lines.for_each(|line| drop(tell.send(line)));
        drop(fs::remove_dir_all(scratch));
        process::exit(0);
    });
    let driver =
        Arc::new(Driver { operations, handles: Mutex::default(), running: AtomicUsize::new(0) });
    hear.into_iter().for_each(|line| driver.take(&line));
}

fn now() -> i64 {
    let mut time = [0; 2];
    unsafe { clock_gettime(MONOTONIC, &mut time) };
    time[0] * 1_000_000_000 + time[1]
}

impl Driver {
    fn take(self: &Arc<Self>, line: &[u8]) {
        let request = Json::parse(line).unwrap_or(Json::Null);
        let (Some(id), Some(op)) = (request.get("id").whole(), request.get("op").text()) else {
            return answer(0, Err(Broken("not a request")), (0, 0));
        };
        if op == "reset" {
            self.reset(id)
        } else if matches!(request.get("start"), Json::Bool(true)) {
            let (driver, op, request) = (self.clone(), op.to_string(), request.clone());
            self.running.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                println!("{{\"id\":{id},\"event\":\"started\",\"thread\":{}}}", unsafe {
                    gettid()
                });
                driver.perform(id, &op, &request);
                driver.running.fetch_sub(1, Ordering::SeqCst);
            });
        } else {
            self.perform(id, op, &request)
        }
    }

    fn perform(&self, id: i64, op: &str, request: &Json) {
        let mut at = (0, 0);
        let known = self.operations.split(' ').any(|name| name == op);
        let result = if known {
            self.values(op, request, &mut at)
        } else {
            Err(Unsupported("std has no such operation"))
        };
        // A call that was refused before it began took no time.
        answer(id, result, (at.0, at.1.max(at.0)));
    }

    fn values(&self, op: &str, request: &Json, at: &mut (i64, i64)) -> Values {
        let args = request.get("args");
        let handle = request.get("handle").text().ok_or(Broken("no handle"))?;
        let transport = args.get("transport").text().unwrap_or("");
        let number = |name: &str, missing| args.get(name).whole().unwrap_or(missing) as usize;
        if args.get("size").whole().is_some_and(|size| size < 0) {
            return Err(Unsupported("std's sizes are never negative"));
        }
        let data = || payload(args.get("data")).ok_or(Broken("no payload"));
        if !matches!(args.get("flags"), Json::Null) || !args.get("backlog").is_null() {
            return Err(Unsupported("std takes no flags, and no backlog"));
        }
        match op {
            "listen" | "bind" => {
                if self.known(handle)?.is_some() {
                    return Err(Unsupported("std binds, and listens, where it makes a socket"));
                }
                let make = if op == "listen" { listen } else { bind };
                let made = timed!(at, make(transport, args.get("address"), handle));
                self.named(handle, Arc::new(made))
            }
            "connect" => {
                let known = self.known(handle)?;
                let sock = timed!(at, connect(transport, args.get("to"), known));
                self.named(handle, sock)
            }
            "accept" => {
                let name = args.get("as").text().ok_or(Broken("no `as`"))?;
                self.free(name)?;
                let (conn, peer) = timed!(at, accept(&*self.sock(handle)?));
                Ok(format!("\"peer\":{peer},{}", self.named(name, Arc::new(conn))?))
            }
            "send" => {
                let (sock, data) = (self.sock(handle)?, data()?);
                let count = timed!(at, sock.write(&data));
                Ok(format!("\"count\":{count}"))
            }
            "sendall" => {
                let (sock, data) = (self.sock(handle)?, data()?);
                let chunk = number("chunk", data.len() as i64).max(1);
                let pieces: Vec<&[u8]> = data.chunks(chunk).collect();
                // Nothing is a datagram, too.
                let pieces = if pieces.is_empty() { vec![&data[..]] } else { pieces };
                timed!(at, pieces.iter().try_for_each(|piece| write_all(&sock, piece)));
                Ok(format!("\"count\":{}", data.len()))
            }
            "sendto" => {
                if self.known(handle)?.is_none() {
                    self.named(handle, Arc::new(unbound(transport)?))?;
                }
                let (sock, data) = (self.sock(handle)?, data()?);
                let count = timed!(at, send_to(&sock, &data, args.get("to"), transport));
                Ok(format!("\"count\":{count}"))
            }
            "recv" => {
                let sock = self.sock(handle)?;
                let data = timed!(at, receive(&sock, number("size", CHUNK)));
                Ok(format!("\"data\":{}", describe(&data)))
            }
            "recvfrom" => {
                let sock = self.sock(handle)?;
                let (data, peer) = timed!(at, receive_from(&sock, number("size", CHUNK)));
                Ok(format!("\"data\":{},\"peer\":{peer}", describe(&data)))
            }
            "recv_exactly" | "recv_until_eof" => {
                if !args.get("chunks").is_null() {
                    return Err(Unsupported("chunks of several sizes"));
                }
                let (sock, exact) = (self.sock(handle)?, op == "recv_exactly");
                let size = if exact { number("size", 0) } else { usize::MAX };
                let chunk = number("chunk", if exact { size as i64 } else { CHUNK });
                let (data, calls) = timed!(at, read_all(&sock, size, chunk));
                Ok(format!("\"data\":{},\"calls\":{calls}", describe(&data)))
            }
            "shutdown" => {
                let sock = self.sock(handle)?;
                timed!(at, shut(&sock, args.get("how").text().unwrap_or("both")));
                Ok(String::new())
            }
            "so_error" => {
                let sock = self.sock(handle)?;
                let error = timed!(at, sock.take_error());
                Ok(format!(
                    "\"value\":{}",
                    quote(&error.map_or("none".into(), |error| error_name(&error)))
                ))
            }
            "close" => {
                let sock = self.sock(handle)?;
                self.handles.lock().unwrap().insert(handle.into(), None);
                timed!(at, Ok::<(), Fail>(drop(sock)));
                Ok(String::new())
            }
            "fileno" => Ok(format!(
                "\"fd\":{}",
                self.sock(handle).and_then(|sock| sock.fd()).or_else(closed)?
            )),
            "getsockname" => {
                let name = timed!(at, self.sock(handle)?.name());
                Ok(format!("\"name\":{name},\"parts\":{}", parts(&name)))
            }
            _ => Ok(format!("\"peer\":{}", timed!(at, self.sock(handle)?.peer()))),
        }
    }

    /// The socket of a name, none when it was never made.
    fn known(&self, handle: &str) -> Result<Option<Arc<Sock>>, Fail> {
        let known = self.handles.lock().unwrap().contains_key(handle);
        known.then(|| self.sock(handle)).transpose()
    }

    fn sock(&self, handle: &str) -> Result<Arc<Sock>, Fail> {
        match self.handles.lock().unwrap().get(handle) {
            Some(Some(sock)) => Ok(sock.clone()),
            Some(None) => Err(Error(io::Error::from_raw_os_error(BAD_DESCRIPTOR))),
            None => Err(Broken("unknown handle")),
        }
    }

    fn free(&self, name: &str) -> Result<(), Fail> {
        match self.handles.lock().unwrap().get(name) {
            Some(Some(_)) => Err(Broken("this name is in use")),
            _ => Ok(()),
        }
    }

    fn named(&self, handle: &str, sock: Arc<Sock>) -> Values {
        let said = format!("\"name\":{}", sock.name()?);
        self.handles.lock().unwrap().insert(handle.into(), Some(sock));
        Ok(said)
    }

    fn reset(&self, id: i64) {
        let begun = now();
        for sock in self.handles.lock().unwrap().drain().filter_map(|(_, sock)| sock) {
            if let (Ok(fd), true) = (sock.fd(), Arc::strong_count(&sock) > 1) {
                unsafe { shutdown(fd, 2) };
            }
        }
        let stuck = || self.running.load(Ordering::SeqCst);
        (0..STUCK_AFTER)
            .take_while(|_| stuck() > 0)
            .for_each(|_| thread::sleep(Duration::from_millis(1)));
        let left = fs::read_dir(".").into_iter().flatten().flatten();
        left.for_each(|file| drop(fs::remove_file(file.path())));
        answer(id, Ok(format!("\"stuck\":{}", stuck())), (begun, now()));
    }
}

/// Of what std's form of a name consists: a path; address and port; flow and scope as well.
fn parts(name: &str) -> usize {
    match name.split_once(",\"port\"") {
        Some((host, _)) if host.contains("::") || host.matches(':').count() > 2 => 4,
        Some(_) => 2,
        None => 1,
    }
}

fn closed(fail: Fail) -> Result<RawFd, Fail> {
    match fail {
        Error(_) => Ok(-1),
        other => Err(other),
    }
}

fn error_name(error: &io::Error) -> String {
    let number = error.raw_os_error().unwrap_or(0).to_string();
    let words: Vec<&str> = ERRORS.split_whitespace().collect();
    let known = words.chunks(2).find(|pair| pair[1] == number);
    known.map_or_else(|| format!("{:?}", error.kind()), |pair| pair[0].into())
}

fn answer(id: i64, result: Values, at: (i64, i64)) {
    let said = match result {
        Ok(values) => format!("\"ok\",\"values\":{{{values}}}"),
        Err(Unsupported(what)) => format!("\"unsupported\",\"what\":{}", quote(what)),
        Err(Broken(what)) => format!("\"broken\",\"traceback\":{}", quote(what)),
        Err(Error(error)) => format!(
            "\"error\",\"error\":{},\"errno\":{},\"exception\":\"{:?}\",\"message\":{}",
            quote(&error_name(&error)),
            error.raw_os_error().unwrap_or(0),
            error.kind(),
            quote(&error.to_string())
        ),
    };
    println!("{{\"id\":{id},\"reply\":{said},\"at\":[{},{}]}}", at.0, at.1);
}
