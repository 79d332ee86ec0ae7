// What any driver in Rust needs before the first socket: JSON, payloads, digests. No crates.
// It knows the words of ../PROTOCOL.md, and nothing of sockets.
use std::fmt::Write;

#[derive(Clone)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The value of a whole line; None when it is no JSON.
    pub fn parse(line: &[u8]) -> Option<Json> {
        let mut rest = line;
        let value = value(&mut rest)?;
        skip(&mut rest);
        rest.is_empty().then_some(value)
    }

    /// A member of an object; null when there is none.
    pub fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(members) => {
                members.iter().find(|(key, _)| key == name).map_or(&Json::Null, |(_, value)| value)
            }
            _ => &Json::Null,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn whole(&self) -> Option<i64> {
        match self {
            Json::Number(number) if number.fract() == 0.0 => Some(*number as i64),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }
}

fn skip(rest: &mut &[u8]) {
    *rest = rest.trim_ascii_start();
}

fn take(rest: &mut &[u8], wanted: &str) -> Option<()> {
    skip(rest);
    *rest = rest.strip_prefix(wanted.as_bytes())?;
    Some(())
}

fn value(rest: &mut &[u8]) -> Option<Json> {
    skip(rest);
    match *rest.first()? {
        b'"' => Some(Json::Text(string(rest)?)),
        b'[' => Some(Json::List(items(rest, "[", "]", value)?)),
        b'{' => Some(Json::Object(items(rest, "{", "}", member)?)),
        b't' => take(rest, "true").map(|_| Json::Bool(true)),
        b'f' => take(rest, "false").map(|_| Json::Bool(false)),
        b'n' => take(rest, "null").map(|_| Json::Null),
        _ => {
            let end =
                rest.iter().position(|c| !b"+-.eE0123456789".contains(c)).unwrap_or(rest.len());
            let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
            *rest = &rest[end..];
            Some(Json::Number(number))
        }
    }
}

fn items<T>(
    rest: &mut &[u8],
    open: &str,
    close: &str,
    one: fn(&mut &[u8]) -> Option<T>,
) -> Option<Vec<T>> {
    let mut found = Vec::new();
    take(rest, open)?;
    if take(rest, close).is_some() {
        return Some(found);
    }
    loop {
        found.push(one(rest)?);
        if take(rest, close).is_some() {
            return Some(found);
        }
        take(rest, ",")?;
    }
}

fn member(rest: &mut &[u8]) -> Option<(String, Json)> {
    skip(rest);
    let name = string(rest)?;
    take(rest, ":")?;
    Some((name, value(rest)?))
}

fn string(rest: &mut &[u8]) -> Option<String> {
    take(rest, "\"")?;
    let mut bytes = Vec::new();
    loop {
        let (&sign, more) = rest.split_first()?;
        *rest = more;
        match sign {
            b'"' => return String::from_utf8(bytes).ok(),
            b'\\' => bytes.extend(escaped(rest)?.to_string().bytes()),
            _ => bytes.push(sign),
        }
    }
}

fn escaped(rest: &mut &[u8]) -> Option<char> {
    let (&sign, more) = rest.split_first()?;
    *rest = more;
    match sign {
        b'n' => Some('\n'),
        b't' => Some('\t'),
        b'r' => Some('\r'),
        b'b' => Some('\u{8}'),
        b'f' => Some('\u{c}'),
        b'u' => {
            let mut units = vec![unit(rest)?];
            if (0xd800..0xdc00).contains(&units[0]) && take(rest, "\\u").is_some() {
                units.push(unit(rest)?);
            }
            char::decode_utf16(units).next()?.ok()
        }
        other => Some(other as char),
    }
}

fn unit(rest: &mut &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(rest.get(..4)?).ok()?;
    *rest = &rest[4..];
    u16::from_str_radix(digits, 16).ok()
}

/// A text as JSON has it.
pub fn quote(text: &str) -> String {
    let mut said = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => said.extend(['\\', sign]),
            ' '..='~' => said.push(sign),
            _ => sign
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write!(said, "\\u{unit:04x}").unwrap()),
        }
    }
    said + "\""
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that a payload describes; None when it describes none.
pub fn payload(what: &Json) -> Option<Vec<u8>> {
    let size = |name| what.get(name).whole().map(|size| size as usize);
    match what {
        Json::Text(text) => Some(text.clone().into_bytes()),
        Json::List(parts) => {
            parts.iter().map(payload).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
        }
        _ if !what.get("hex").is_null() => {
            let digits: Vec<u8> =
                what.get("hex").text()?.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
            digits
                .chunks(2)
                .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
                .collect()
        }
        _ if !what.get("repeat").is_null() => {
            Some(payload(what.get("repeat"))?.into_iter().cycle().take(size("size")?).collect())
        }
        _ if !what.get("seeded").is_null() => {
            Some(shake128(what.get("seed").text().unwrap_or("").as_bytes(), size("seeded")?))
        }
        _ => Some((0..size("counting")?).map(|i| (i % 251) as u8).collect()),
    }
}

/// Received bytes as a reply tells of them.
pub fn describe(data: &[u8]) -> String {
    let digest = if data.len() > 64 {
        format!(",\"sha256\":\"{}\"", hex(&sha256(data)))
    } else {
        String::new()
    };
    format!("{{\"size\":{},\"head\":\"{}\"{digest}}}", data.len(), hex(&data[..data.len().min(64)]))
}

/// FIPS 180-4. Its constants are the first 32 bits behind the point of roots of the first primes.
fn sha256(data: &[u8]) -> Vec<u8> {
    let primes =
        (2u32..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).take(64);
    let bits = |root: f64| (root.fract() * 4294967296.0) as u32;
    let (roots, cubes): (Vec<u32>, Vec<u32>) =
        primes.map(|p| (bits(f64::from(p).sqrt()), bits(f64::from(p).cbrt()))).unzip();
    let mut state: [u32; 8] = roots[..8].try_into().unwrap();
    let mut padded = [data, &[0x80]].concat();
    padded.resize((padded.len() + 8).div_ceil(64) * 64, 0);
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&(data.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w = [0; 64];
        for (word, four) in w.iter_mut().zip(block.chunks(4)) {
            *word = u32::from_be_bytes(four.try_into().unwrap());
        }
        for i in 16..64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let low = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let high = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w[i] = w[i - 16].wrapping_add(low).wrapping_add(w[i - 7]).wrapping_add(high);
        }
        let mut s = state;
        for i in 0..64 {
            let one = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let first = [one, choice, cubes[i], w[i]]
                .iter()
                .fold(s[7], |sum, part| sum.wrapping_add(*part));
            let zero = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let second = zero.wrapping_add((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            let (end, middle) = (first.wrapping_add(second), s[3].wrapping_add(first));
            s = [end, s[0], s[1], s[2], middle, s[4], s[5], s[6]];
        }
        state.iter_mut().zip(s).for_each(|(sum, part)| *sum = sum.wrapping_add(part));
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// FIPS 202: the first bytes that SHAKE-128 makes of a seed.
fn shake128(seed: &[u8], wanted: usize) -> Vec<u8> {
    const RATE: usize = 168;
    let mut padded = [seed, &[0x1f]].concat();
    padded.resize(padded.len().div_ceil(RATE) * RATE, 0);
    *padded.last_mut().unwrap() |= 0x80;
    let mut state = [0u64; 25];
    for block in padded.chunks(RATE) {
        block
            .chunks(8)
            .enumerate()
            .for_each(|(i, eight)| state[i] ^= u64::from_le_bytes(eight.try_into().unwrap()));
        keccak(&mut state);
    }
    let mut made = Vec::with_capacity(wanted + RATE);
    while made.len() < wanted {
        made.extend(state[..RATE / 8].iter().flat_map(|lane| lane.to_le_bytes()));
        keccak(&mut state);
    }
    made.truncate(wanted);
    made
}

fn keccak(a: &mut [u64; 25]) {
    let mut shifted = 1u8;
    for _ in 0..24 {
        let column: Vec<u64> =
            (0..5).map(|x| (0..5).fold(0, |sum, y| sum ^ a[x + 5 * y])).collect();
        (0..25).for_each(|i| a[i] ^= column[(i + 4) % 5] ^ column[(i + 1) % 5].rotate_left(1));
        let (mut x, mut y, mut moving) = (1, 0, a[1]);
        for t in 1..25 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            (a[x + 5 * y], moving) = (moving.rotate_left(t * (t + 1) / 2), a[x + 5 * y]);
        }
        for row in a.chunks_mut(5) {
            let old = row.to_vec();
            (0..5).for_each(|x| row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]));
        }
        for j in 0..7 {
            a[0] ^= u64::from(shifted & 1) << ((1u32 << j) - 1);
            shifted = (shifted << 1) ^ if shifted & 0x80 != 0 { 0x71 } else { 0 };
        }
    }
}
