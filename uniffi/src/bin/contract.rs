//! Prints what the APIs of all languages have in common, a line each, with tabs in between, for their
//! tests to compare:
//!
//! - `error`: name, code, whether it is retryable, the sentence for logs, English and Chinese text
//! - `LoginState`: name, whether it is final
//! - `NetworkFailure`: name, code of the error
//! - other enums: name
//! - `config`: setting, default

#![allow(clippy::print_stdout, reason = "it prints")]

use std::fmt::Debug;

use scan_login::{
    ApiVersion, AuthorizationForm, BindingFlaw, CodeFlaw, CodeSource, CodeWarning, Config,
    ContextFlaw, Decision, Error, ImageFlaw, ImageLimits, ImagePoint, Language, LoginState,
    NetworkFailure, VerificationFailure,
};

fn main() {
    for error in errors() {
        let texts = [Language::English, Language::SimplifiedChinese].map(|of| error.user_text(of));
        let (code, retryable) = (error.code(), error.is_retryable());
        println!("error\t{}\t{code}\t{retryable}\t{error}\t{}", name(&error), texts.join("\t"));
    }
    for state in states() {
        println!("LoginState\t{}\t{}", name(&state), state.is_final());
    }
    print("CodeFlaw", code_flaws());
    print("BindingFlaw", binding_flaws());
    print("CodeSource", code_sources());
    print("CodeWarning", code_warnings());
    print("ContextFlaw", context_flaws());
    print("ImageFlaw", image_flaws());
    for failure in network_failures() {
        let code = Error::Network { failure, reason: String::new() }.code();
        println!("NetworkFailure\t{}\t{code}", name(&failure));
    }
    for failure in verification_failures() {
        let code = Error::UserNotVerified { failure, reason: String::new() }.code();
        println!("VerificationFailure\t{}\t{code}", name(&failure));
    }
    print("Decision", decisions());
    print("Language", languages());
    print("ApiVersion", api_versions());
    print("AuthorizationForm", authorization_forms());
    for (setting, default) in settings() {
        println!("config\t{setting}\t{default}");
    }
}

fn print<T: Debug>(list: &str, values: Vec<T>) {
    for value in values {
        println!("{list}\t{}", name(&value));
    }
}

/// The name of a value's variant.
fn name(value: &impl Debug) -> String {
    format!("{value:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// A function that lists the variants of an enum. A variant that is not in the list does not compile.
macro_rules! list {
    ($function:ident: $enum:ident: $($variant:ident $({ $($field:ident: $value:expr),+ })?),+ $(,)?) => {
        fn $function() -> Vec<$enum> {
            fn _is_in_the_list(value: &$enum) {
                match value {
                    $($enum::$variant $({ $($field: _),+ })? => {})+
                }
            }
            vec![$($enum::$variant $({ $($field: $value),+ })?),+]
        }
    };
}

list!(errors: Error:
    Config { reason: "why".to_owned() },
    UnreadableImage { flaw: ImageFlaw::Damaged },
    NoCode,
    NotALoginCode { flaw: CodeFlaw::NotJson },
    WrongScene { found: "scene".to_owned() },
    WrongUserPool { found: "pool".to_owned() },
    SourceNotAllowed { found: CodeSource::Link },
    LifeTooLong,
    NotBound { flaw: BindingFlaw::WrongPin },
    ContextNotVerified { flaw: ContextFlaw::BadSignature },
    Expired,
    SeveralLoginCodes { corners: vec![[ImagePoint { x: 0.0, y: 0.0 }; 4]; 2] },
    SignedOut,
    TokenFailed { reason: "why".to_owned() },
    UserNotInPool { server_code: 2004 },
    Refused { server_code: 1576, server_text: "text".to_owned() },
    CodeGone,
    TakenByAnotherUser,
    UserChanged,
    UserNotVerified { failure: VerificationFailure::Failed, reason: "why".to_owned() },
    AlreadyDecided { decision: Decision::Confirm },
    MfaRequired,
    Network { failure: NetworkFailure::Offline, reason: "why".to_owned() },
    PinMismatch,
    OutcomeUnknown { decision: Decision::Cancel },
    Internal,
);
list!(states: LoginState:
    Scanned, Verifying, Confirming, Cancelling, Confirmed, Cancelled, OutcomeUnknown, Expired, CodeGone,
    TakenByAnotherUser,
);
list!(code_flaws: CodeFlaw:
    TooLong, NotUtf8, NotJson, NotAnObject, TooDeep, FastPass, ForeignLink, Conflicting,
    MissingField { field: String::new() },
    MalformedField { field: String::new() },
);
list!(binding_flaws: BindingFlaw: NoPin, MissingPin, WrongPin, MadeBeforePin);
list!(code_sources: CodeSource: Camera, Image, Text, Link);
list!(code_warnings: CodeWarning: ShortId, LongLife, UnknownLife);
list!(context_flaws: ContextFlaw:
    Missing, Malformed, UnknownKey, WrongAlgorithm, BadSignature, OtherCode,
);
list!(image_flaws: ImageFlaw:
    Empty, UnknownFormat, Heif, TooLarge, Damaged, BadLayout, TookTooLong, DecoderFailed,
);
list!(network_failures: NetworkFailure: Offline, TimedOut, Tls, Interrupted, ServerBusy, BadAnswer);
list!(verification_failures: VerificationFailure:
    Declined, Failed, TimedOut, TooOld, OtherRequest,
);
list!(decisions: Decision: Confirm, Cancel);
list!(languages: Language: English, SimplifiedChinese);
list!(api_versions: ApiVersion: V2, V2Unversioned, V3);
list!(authorization_forms: AuthorizationForm: Bearer, Raw);

/// The settings with their defaults, as the documentation writes them.
fn settings() -> Vec<(&'static str, String)> {
    let Config {
        app_id: _,
        user_pool_id: _,
        base_url: _,
        api,
        header_prefix,
        authorization,
        language,
        timeout,
        allow_insecure_loopback,
        root_certificates,
        pins,
        consent_max_age,
        context_keys,
        require_verified_context,
        image_limits,
        allowed_sources,
        allowed_link_origins,
        max_code_life,
        require_binding_pin,
    } = Config::new("", "", "");
    let ImageLimits { max_bytes, max_pixels, max_memory } = image_limits;
    let mebibytes = |bytes: u64| format!("{} MiB", bytes >> 20);
    let none = |is_none: bool| if is_none { "none" } else { "some" }.to_owned();
    vec![
        ("app_id", "required".to_owned()),
        ("user_pool_id", "required".to_owned()),
        ("base_url", "required".to_owned()),
        ("api", name(&api)),
        ("header_prefix", header_prefix),
        ("authorization", name(&authorization)),
        ("language", name(&language)),
        ("timeout", format!("{} s", timeout.as_secs())),
        ("allow_insecure_loopback", allow_insecure_loopback.to_string()),
        ("root_certificates", none(root_certificates.is_empty())),
        ("pins", none(pins.is_none())),
        ("consent_max_age", format!("{} s", consent_max_age.as_secs())),
        ("context_keys", none(context_keys.is_empty())),
        ("require_verified_context", require_verified_context.to_string()),
        ("image_limits.max_bytes", mebibytes(u64::try_from(max_bytes).unwrap_or(u64::MAX))),
        ("image_limits.max_pixels", format!("{} million", max_pixels / 1_000_000)),
        ("image_limits.max_memory", mebibytes(max_memory)),
        ("allowed_sources", allowed_sources.iter().map(name).collect::<Vec<_>>().join(", ")),
        ("allowed_link_origins", none(allowed_link_origins.is_empty())),
        ("max_code_life", format!("{} days", max_code_life.as_secs() / 86_400)),
        ("require_binding_pin", require_binding_pin.to_string()),
    ]
}
