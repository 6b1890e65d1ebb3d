//! What the screens say, looked up where it stands, so that a better word there breaks no test here.

use anyhow::{Context as _, Result};

const SENTENCES: &str = include_str!("../../locales/sv/sentences.ftl");
const CODES: &str = include_str!("../../locales/sv/codes.ftl");

/// The Swedish sentence with this key; of one into which names are filled, its longest piece between them.
pub(crate) fn say(key: &str) -> Result<&'static str> {
    let lines = SENTENCES.lines().chain(CODES.lines());
    let sentence = lines.filter_map(|line| line.split_once(" = ")).find(|(own, _)| *own == key);
    let (_, sentence) = sentence.with_context(|| format!("no sentence `{key}`"))?;
    let pieces = sentence.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, piece)| piece));
    Ok(pieces.max_by_key(|piece| piece.len()).unwrap_or_default().trim())
}
