use url::form_urlencoded;

use crate::error::CodeFlaw;
use crate::plain_url::plain_url;

/// The text of the login code that a link of one of the `origins` carries (PROTOCOL 15.1).
pub(crate) fn code_text(link: &str, origins: &[String]) -> Result<String, CodeFlaw> {
    if link.len() > MAX_BYTES {
        return Err(CodeFlaw::TooLong);
    }
    let url = plain_url(link).map_err(|_| CodeFlaw::ForeignLink)?;
    if !origins.contains(&url.origin().ascii_serialization()) {
        return Err(CodeFlaw::ForeignLink);
    }
    let parts = [url.query(), url.fragment()].into_iter().flatten();
    let mut values = parts
        .flat_map(|part| form_urlencoded::parse(part.as_bytes()))
        .filter_map(|(name, value)| (name == PARAMETER).then_some(value));
    match (values.next(), values.next()) {
        (Some(text), None) => Ok(text.into_owned()),
        (Some(_), Some(_)) => Err(CodeFlaw::malformed(PARAMETER)),
        (None, _) => Err(CodeFlaw::missing(PARAMETER)),
    }
}

const PARAMETER: &str = "login_code";
// A code's 4 KiB, each byte of it written as `%7B`, and the rest of the link.
const MAX_BYTES: usize = 16 << 10;
