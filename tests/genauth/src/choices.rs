//! What the real server answers here is not established (PROTOCOL 12). These are this server's
//! choices, all of them in this file; where a document names the code or the text, the other
//! modules use that.

use qrcode::EcLevel;

use crate::setup::Setup;
use crate::store::{Refusal, Status};

/// A code that is invalid for any reason: 500 is documented for "invalid QR code", its text is not.
pub(crate) const INVALID_CODE: Refusal = Refusal { code: 500, text: "二维码无效" };

/// The exchange of a ticket from a browser, when the pool does not allow it, or without the pool's
/// secret.
pub(crate) const EXCHANGE_NOT_ALLOWED: Refusal =
    Refusal { code: 1001, text: "无权限换取用户信息" };

/// The exchange of a ticket that does not exist or has expired.
pub(crate) const INVALID_TICKET: Refusal = Refusal { code: 500, text: "ticket 无效或已过期" };

/// A request that names no known app or pool, or whose body is not what it should be.
pub(crate) const BAD_REQUEST: Refusal = Refusal { code: 400, text: "请求参数错误" };

/// The header that proves that a caller of `userinfo` is the web site's server.
pub(crate) const SECRET_HEADER: &str = "x-authing-userpool-secret";

/// May `user` mark the code scanned? Nobody may after a decision, and no other user than the one who
/// scanned it; that one may `rescan` if the setup says so.
pub(crate) fn may_scan(
    status: Status,
    scanned_by: Option<&str>,
    user: &str,
    rescan: bool,
) -> Result<(), Refusal> {
    match status {
        Status::Pending => Ok(()),
        Status::Scanned if rescan && scanned_by == Some(user) => Ok(()),
        _ => Err(INVALID_CODE),
    }
}

/// May `user` decide? The one who scanned it may, once. A repeated decision is refused, so that a
/// client that sends one twice is seen; or taken and counted, if the setup says so.
pub(crate) fn may_decide(
    status: Status,
    scanned_by: Option<&str>,
    user: &str,
    redecide: bool,
) -> Result<(), Refusal> {
    match status {
        Status::Confirmed | Status::Cancelled if redecide && scanned_by == Some(user) => Ok(()),
        Status::Scanned if scanned_by == Some(user) => Ok(()),
        _ => Err(INVALID_CODE),
    }
}

/// Tickets can be exchanged again until they expire: the web SDK polls with overlap, and exchanges
/// each time.
pub(crate) const TICKETS_ARE_SINGLE_USE: bool = false;

/// What `gene` is sent as `customData`, `customeData` or `params` is in the picture as
/// `customData`.
pub(crate) const CUSTOM_DATA_KEYS: [&str; 3] = ["customData", "customeData", "params"];

/// The logo that web pages paint over the middle of a code, when the setup has one. Of the real server only
/// the field is known: `customLogo` (PROTOCOL 5.1), in V3 `customLogoUrl` (PROTOCOL 6).
pub(crate) const LOGO: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='96' height='96'%3E\
    %3Ccircle cx='48' cy='48' r='48' fill='%23396aff'/%3E%3Cpath d='M28 50l14 14 26-30' fill='none' \
    stroke='%23fff' stroke-width='10'/%3E%3C/svg%3E";

/// How much of a code may be hidden. The web SDK paints a logo over 42 % of the width, a sixth of the code: more
/// than level M, the usual one, can correct (PROTOCOL 5.4; ISO/IEC 18004, 7.5.1).
pub(crate) fn error_correction(setup: &Setup) -> EcLevel {
    if setup.custom_logo { EcLevel::H } else { EcLevel::M }
}

/// How many bytes the largest QR code of that level holds (ISO/IEC 18004, table 7).
pub(crate) fn max_text(setup: &Setup) -> usize {
    if setup.custom_logo { 1273 } else { 2331 }
}

/// The numbers in the `data.status` of the phone's replies: as documented, which is not how `check`
/// counts.
pub(crate) const PHONE_STATUS_SCANNED: i64 = 0;
pub(crate) const PHONE_STATUS_CONFIRMED: i64 = 1;
pub(crate) const PHONE_STATUS_CANCELLED: i64 = -1;
