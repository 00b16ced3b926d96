//! What an error says of itself.

use std::collections::HashSet;

use scan_login::{CodeFlaw, Decision, Error, ImageFlaw, ImagePoint, Language, NetworkFailure};

/// Every error, its stable code, and whether the call may be made again.
fn rows() -> Vec<(Error, &'static str, bool)> {
    let text = || "reason".to_owned();
    let network = |failure| Error::Network { failure, reason: "reason".to_owned() };
    let corners = vec![[ImagePoint { x: 0.0, y: 0.0 }; 4]; 2];
    vec![
        (Error::Config { reason: text() }, "config", false),
        (Error::UnreadableImage { flaw: ImageFlaw::Damaged }, "unreadable_image", false),
        (Error::NoCode, "no_code", false),
        (Error::NotALoginCode { flaw: CodeFlaw::NotJson }, "not_a_login_code", false),
        (Error::NotALoginCode { flaw: CodeFlaw::FastPass }, "not_a_login_code", false),
        (Error::WrongScene { found: text() }, "wrong_scene", false),
        (Error::WrongUserPool { found: text() }, "wrong_user_pool", false),
        (Error::Expired, "expired", false),
        (Error::SeveralLoginCodes { corners }, "several_login_codes", false),
        (Error::SignedOut, "signed_out", false),
        (Error::TokenFailed { reason: text() }, "token_failed", true),
        (Error::UserNotInPool { server_code: 2004 }, "user_not_in_pool", false),
        (Error::Refused { server_code: 1, server_text: text() }, "refused", false),
        (Error::CodeGone, "code_gone", false),
        (Error::TakenByAnotherUser, "taken_by_another_user", false),
        (Error::AlreadyDecided { decision: Decision::Confirm }, "already_decided", false),
        (Error::AlreadyDecided { decision: Decision::Cancel }, "already_decided", false),
        (Error::MfaRequired, "mfa_required", false),
        (network(NetworkFailure::Offline), "network_offline", true),
        (network(NetworkFailure::TimedOut), "network_timed_out", true),
        (network(NetworkFailure::Tls), "network_tls", true),
        (network(NetworkFailure::Interrupted), "network_interrupted", true),
        (network(NetworkFailure::ServerBusy), "network_server_busy", true),
        (network(NetworkFailure::BadAnswer), "network_bad_answer", true),
        (Error::PinMismatch, "pin_mismatch", false),
        (Error::OutcomeUnknown { decision: Decision::Cancel }, "outcome_unknown", true),
        (Error::Internal, "internal", false),
    ]
}

#[test]
fn every_error_has_a_stable_code_and_says_whether_to_try_again() {
    for (error, code, retryable) in rows() {
        assert_eq!((error.code(), error.is_retryable()), (code, retryable), "{error:?}");
    }
}

#[test]
fn the_readme_lists_every_error() {
    let readme = include_str!("../../README.md");
    for (error, code, retryable) in rows() {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{code}` |")));
        let row = row.unwrap_or_else(|| panic!("{error:?} is not in the README"));
        assert!(row.ends_with(if retryable { "| yes |" } else { "| no |" }), "{row}");
    }
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
    // The app's maker is to blame for two, and two are the same to a user.
    assert_eq!(texts.len(), rows().len() - 2);
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
