//! Systems without a gate.

use std::io;
use std::path::Path;

use platen_gate::PublicKey;
use platen_gate::places::Places;

/// There is none.
pub(crate) fn gate(_places: &Places) -> Option<PublicKey> {
    None
}

/// *Errors*: always, there is none.
pub(crate) async fn ask_gate(
    _socket: &Path,
    _question: &str,
    _most_bytes: u64,
) -> io::Result<String> {
    std::future::ready(Err(io::ErrorKind::Unsupported.into())).await
}
