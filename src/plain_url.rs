use url::Url;

/// Parses a URL that is written in the plain form of what it means, or says what is wrong with it.
///
/// URL parsers repair what people write (`https:\\host`, `0x7f.1`, `ｅxample.com`). What is
/// repaired here could be understood differently elsewhere, so only the plain form is accepted.
pub(crate) fn plain_url(written: &str) -> Result<Url, String> {
    if !written.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Err("holds spaces, backslashes or characters that are not ASCII".to_owned());
    }
    let url = Url::parse(written).map_err(|error| format!("is not a URL: {error}"))?;
    let not_plain = || "has a host that is not in its plain form".to_owned();
    let (scheme, rest) = written.split_once("://").ok_or_else(not_plain)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("holds a user name or password".to_owned());
    }
    if url.port() == Some(0) {
        return Err("has port 0".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let plain = format!("{}://{host}", url.scheme());
    let written = format!("{scheme}://{authority}").to_ascii_lowercase();
    let has_empty_label = host.split('.').any(str::is_empty);
    // The scheme's own port may be written, and is left out by the parser.
    let is_plain = url.port().is_none() && written == plain || written == format!("{plain}:{port}");
    if has_empty_label || !is_plain {
        return Err(not_plain());
    }
    Ok(url)
}
