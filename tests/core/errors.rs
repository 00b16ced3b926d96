//! What an error says of itself.

use std::collections::{BTreeSet, HashSet};
use std::fs;

use scan_login::{
    BindingFlaw, CodeFlaw, CodeSource, ContextFlaw, Decision, Error, ImageFlaw, ImagePoint,
    Language, NetworkFailure, VerificationFailure,
};

use crate::support::root;

/// Makes `rows`, and a `match` of the same patterns: an error without a row does not compile.
macro_rules! rows {
    ($($pattern:pat = $error:expr, $code:literal, $retryable:literal;)*) => {
        /// Every error, its stable code, and whether the call may be made again.
        fn rows() -> Vec<(Error, &'static str, bool)> {
            let rows = vec![$(($error, $code, $retryable)),*];
            let row_of = |error: &Error| match error {
                $($pattern => $code,)*
            };
            for (error, code, _) in &rows {
                assert_eq!(row_of(error), *code, "{error:?} stands in another's row");
            }
            rows
        }
    };
}

rows! {
    Error::Config { .. } = Error::Config { reason: text() }, "config", false;
    Error::UnreadableImage { flaw: ImageFlaw::Heif } = Error::UnreadableImage { flaw: ImageFlaw::Heif }, "unreadable_image", false;
    Error::UnreadableImage { .. } = Error::UnreadableImage { flaw: ImageFlaw::Damaged }, "unreadable_image", false;
    Error::NoCode = Error::NoCode, "no_code", false;
    Error::NotALoginCode { flaw: CodeFlaw::FastPass } = Error::NotALoginCode { flaw: CodeFlaw::FastPass }, "not_a_login_code", false;
    Error::NotALoginCode { .. } = Error::NotALoginCode { flaw: CodeFlaw::NotJson }, "not_a_login_code", false;
    Error::WrongScene { .. } = Error::WrongScene { found: text() }, "wrong_scene", false;
    Error::WrongUserPool { .. } = Error::WrongUserPool { found: text() }, "wrong_user_pool", false;
    Error::SourceNotAllowed { .. } = Error::SourceNotAllowed { found: CodeSource::Link }, "source_not_allowed", false;
    Error::LifeTooLong = Error::LifeTooLong, "life_too_long", false;
    Error::NotBound { flaw: BindingFlaw::NoPin } = Error::NotBound { flaw: BindingFlaw::NoPin }, "not_bound", false;
    Error::NotBound { .. } = Error::NotBound { flaw: BindingFlaw::WrongPin }, "not_bound", false;
    Error::ContextNotVerified { .. } = Error::ContextNotVerified { flaw: ContextFlaw::BadSignature }, "context_not_verified", false;
    Error::Expired = Error::Expired, "expired", false;
    Error::SeveralLoginCodes { .. } = Error::SeveralLoginCodes { corners: corners() }, "several_login_codes", false;
    Error::SignedOut = Error::SignedOut, "signed_out", false;
    Error::TokenFailed { .. } = Error::TokenFailed { reason: text() }, "token_failed", true;
    Error::UserNotInPool { .. } = Error::UserNotInPool { server_code: 2004 }, "user_not_in_pool", false;
    Error::Refused { .. } = Error::Refused { server_code: 1, server_text: text() }, "refused", false;
    Error::CodeGone = Error::CodeGone, "code_gone", false;
    Error::TakenByAnotherUser = Error::TakenByAnotherUser, "taken_by_another_user", false;
    Error::UserChanged = Error::UserChanged, "user_changed", false;
    Error::UserNotVerified { failure: VerificationFailure::Declined, .. } = not_verified(VerificationFailure::Declined), "user_not_verified_declined", true;
    Error::UserNotVerified { failure: VerificationFailure::Failed, .. } = not_verified(VerificationFailure::Failed), "user_not_verified_failed", true;
    Error::UserNotVerified { failure: VerificationFailure::TimedOut, .. } = not_verified(VerificationFailure::TimedOut), "user_not_verified_timed_out", true;
    Error::UserNotVerified { failure: VerificationFailure::TooOld, .. } = not_verified(VerificationFailure::TooOld), "user_not_verified_too_old", true;
    Error::UserNotVerified { failure: VerificationFailure::OtherRequest, .. } = not_verified(VerificationFailure::OtherRequest), "user_not_verified_other_request", true;
    Error::AlreadyDecided { decision: Decision::Confirm } = Error::AlreadyDecided { decision: Decision::Confirm }, "already_decided", false;
    Error::AlreadyDecided { decision: Decision::Cancel } = Error::AlreadyDecided { decision: Decision::Cancel }, "already_decided", false;
    Error::MfaRequired = Error::MfaRequired, "mfa_required", false;
    Error::Network { failure: NetworkFailure::Offline, .. } = network(NetworkFailure::Offline), "network_offline", true;
    Error::Network { failure: NetworkFailure::TimedOut, .. } = network(NetworkFailure::TimedOut), "network_timed_out", true;
    Error::Network { failure: NetworkFailure::Tls, .. } = network(NetworkFailure::Tls), "network_tls", true;
    Error::Network { failure: NetworkFailure::Interrupted, .. } = network(NetworkFailure::Interrupted), "network_interrupted", true;
    Error::Network { failure: NetworkFailure::ServerBusy, .. } = network(NetworkFailure::ServerBusy), "network_server_busy", true;
    Error::Network { failure: NetworkFailure::BadAnswer, .. } = network(NetworkFailure::BadAnswer), "network_bad_answer", true;
    Error::PinMismatch = Error::PinMismatch, "pin_mismatch", false;
    Error::OutcomeUnknown { .. } = Error::OutcomeUnknown { decision: Decision::Cancel }, "outcome_unknown", true;
    Error::Internal = Error::Internal, "internal", false;
}

fn text() -> String {
    "reason".to_owned()
}

fn network(failure: NetworkFailure) -> Error {
    Error::Network { failure, reason: text() }
}

fn not_verified(failure: VerificationFailure) -> Error {
    Error::UserNotVerified { failure, reason: text() }
}

fn corners() -> Vec<[ImagePoint; 4]> {
    vec![[ImagePoint { x: 0.0, y: 0.0 }; 4]; 2]
}

#[test]
fn every_error_has_a_stable_code_and_says_whether_to_try_again() {
    for (error, code, retryable) in rows() {
        assert_eq!((error.code(), error.is_retryable()), (code, retryable), "{error:?}");
    }
}

#[test]
fn the_documentation_lists_every_error_and_no_other_by_its_names_in_each_language() {
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut table = page.lines().skip_while(|line| !line.starts_with("| `code()` |"));
    let titles = cells(table.next().unwrap());
    let columns = ["`code()`", "retryable", "Kotlin", "Swift"]
        .map(|column| titles.iter().position(|title| title == column).unwrap());
    let documented: BTreeSet<_> = table
        .skip(1)
        .take_while(|row| row.starts_with('|'))
        .map(|row| columns.map(|column| cells(row)[column].clone()))
        .collect();
    let expected: BTreeSet<_> = rows()
        .iter()
        .map(|(error, code, retryable)| {
            let debug = format!("{error:?}");
            let name: String = debug.chars().take_while(|c| c.is_alphanumeric()).collect();
            let swift = format!("`.{}{}`", name[..1].to_lowercase(), &name[1..]);
            let retryable = if *retryable { "yes" } else { "no" };
            [format!("`{code}`"), retryable.to_owned(), format!("`{name}`"), swift]
        })
        .collect();
    assert_eq!(documented, expected);
}

#[test]
fn every_error_has_a_text_for_users_in_each_language() {
    for (error, ..) in rows() {
        let english = error.user_text(Language::English);
        assert!(english.ends_with('.') && english.is_ascii(), "{error:?}: {english}");
        let chinese = error.user_text(Language::SimplifiedChinese);
        assert!(chinese.ends_with('。') && !chinese.contains(' '), "{error:?}: {chinese}");
    }
    let texts: HashSet<_> =
        rows().iter().map(|(error, ..)| error.user_text(Language::English)).collect();
    // The app's maker is to blame for two, two more are the same to a user, and so are all four ways in
    // which a guard can fail.
    assert_eq!(texts.len(), rows().len() - 5);
}

#[test]
fn errors_print_in_lower_case_and_without_what_others_wrote() {
    for (error, ..) in rows() {
        let shown = error.to_string();
        assert!(shown.starts_with(|c: char| c.is_lowercase() || c.is_numeric()), "{shown}");
        assert!(!shown.ends_with('.'), "{shown}");
    }
    let refused = Error::Refused { server_code: 1576, server_text: "prose".to_owned() };
    assert_eq!(refused.to_string(), "the server refused: code 1576");
    let flaw = CodeFlaw::MissingField { field: "random".to_owned() };
    assert_eq!(Error::from(flaw).to_string(), "this is not a login code: `random` is missing");
}
