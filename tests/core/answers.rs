//! What an answer means: one row an answer. PROTOCOL 4.4, 4.5 and 6.

use genauth::{Fault, FaultKind, Setup, Status};
use scan_login::{ApiVersion, Config, Decision, Error, LoginState, NetworkFailure};
use serde_json::{Value, json};

use crate::support::{World, outcome};

fn refused(code: i64, server_text: &str) -> Option<Error> {
    Some(Error::Refused { server_code: code, server_text: server_text.to_owned() })
}

/// HTTP status and body of an answer to `scanned`, and what comes of it; `None` is success.
fn rows() -> Vec<(u16, Value, Option<Error>)> {
    let not_in_pool = |code| Some(Error::UserNotInPool { server_code: code });
    vec![
        // Successes.
        (200, json!({ "code": 200, "message": "ok", "data": { "status": 0 } }), None),
        (201, json!({ "code": 200 }), None),
        (200, json!({ "code": "200" }), None),
        (200, json!({ "statusCode": 200, "data": { "success": true } }), None),
        (200, json!({ "statusCode": 200, "apiCode": 0 }), None),
        // `data.status` of the phone's replies says nothing.
        (200, json!({ "code": 200, "data": { "status": -1 } }), None),
        // Not logged in.
        (200, json!({ "code": 2020, "message": "尚未登录" }), Some(Error::SignedOut)),
        (200, json!({ "code": "2020" }), Some(Error::SignedOut)),
        (403, json!({ "code": 2020 }), Some(Error::SignedOut)),
        (401, json!({ "code": 500 }), Some(Error::SignedOut)),
        (401, json!({}), Some(Error::SignedOut)),
        (200, json!({ "statusCode": 401, "apiCode": 2020 }), Some(Error::SignedOut)),
        (200, json!({ "statusCode": 401, "message": "no" }), Some(Error::SignedOut)),
        (200, json!({ "code": 401 }), Some(Error::SignedOut)),
        (200, json!({ "code": 2206 }), Some(Error::SignedOut)),
        (200, json!({ "code": 2207 }), Some(Error::SignedOut)),
        // The code.
        (200, json!({ "code": 500, "message": "invalid" }), Some(Error::CodeGone)),
        (404, json!({ "code": 500 }), Some(Error::CodeGone)),
        (200, json!({ "code": 2241, "message": "二维码不存在" }), Some(Error::CodeGone)),
        (200, json!({ "statusCode": 403, "apiCode": 2241 }), Some(Error::CodeGone)),
        (401, json!({ "code": 2241 }), Some(Error::CodeGone)),
        // The user.
        (200, json!({ "code": 2004, "message": "用户不存在" }), not_in_pool(2004)),
        (200, json!({ "code": 2036 }), not_in_pool(2036)),
        (401, json!({ "code": 2004 }), not_in_pool(2004)),
        (200, json!({ "code": 1636 }), Some(Error::MfaRequired)),
        (200, json!({ "statusCode": 401, "apiCode": 1636 }), Some(Error::MfaRequired)),
        // Refusals without a name.
        (200, json!({ "code": 1576, "message": "no permission" }), refused(1576, "no permission")),
        (403, json!({ "code": 1001, "message": "nope" }), refused(1001, "nope")),
        (200, json!({ "statusCode": 499, "apiCode": "2011", "data": null }), refused(2011, "")),
        (200, json!({ "statusCode": 403, "message": "no" }), refused(403, "no")),
        (200, json!({ "statusCode": 200, "data": { "success": false } }), refused(200, "")),
        (404, json!("not here"), refused(404, "")),
        (403, json!({ "message": "Forbidden" }), refused(403, "Forbidden")),
        // Text that is not safe to show is made so.
        (200, json!({ "code": 1000, "message": "a\u{202e}b\nc" }), refused(1000, "ab c")),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_its_meaning() {
    for (status, body, expected) in rows() {
        let world = World::new().await;
        let code = world.web_code();
        world.server.inject(Fault::json(status, body.clone()).on("scanned").times(9));
        let result = world.client.scanned(&world.read(&code)).await;
        assert_eq!(result.err(), expected, "HTTP {status}, {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_cannot_be_understood_are_no_success() {
    use NetworkFailure::{BadAnswer, ServerBusy};
    let json_type = |fault: Fault| fault.with_header("content-type", "application/json");
    let rows = [
        (Fault::html(200), BadAnswer),
        (json_type(Fault::html(200)), BadAnswer),
        (Fault::json(200, json!({})), BadAnswer),
        (Fault::json(200, json!([{ "code": 200 }])), BadAnswer),
        (Fault::json(200, json!([200, 200, 200, "", null])), BadAnswer),
        (Fault::json(200, json!({ "code": true })), BadAnswer),
        (Fault::json(200, json!({ "message": "ok", "data": { "status": 1 } })), BadAnswer),
        (json_type(Fault::redirect(302, "https://example.com/")), BadAnswer),
        (Fault::html(500), ServerBusy),
        (Fault::html(502), ServerBusy),
        (Fault::json(500, json!({ "code": 500 })), ServerBusy),
        (Fault::json(503, json!({ "code": 200 })), ServerBusy),
        (Fault::json(200, json!({ "statusCode": 503 })), ServerBusy),
        (gzip(), BadAnswer),
        (Fault::json(200, json!({ "code": 503 })), ServerBusy),
        (Fault::json(200, json!({ "code": 429 })), ServerBusy),
        (Fault::json(200, json!({ "statusCode": 200, "data": { "success": "false" } })), BadAnswer),
        (Fault::json(429, json!({ "code": 429 })), ServerBusy),
        (Fault::json(429, json!({ "code": 500 })), ServerBusy),
    ];
    for (fault, expected) in rows {
        let world = World::new().await;
        let code = world.web_code();
        world.server.inject(fault.clone().on("scanned").times(9));
        match world.client.scanned(&world.read(&code)).await {
            Err(Error::Network { failure, .. }) => assert_eq!(failure, expected, "{fault:?}"),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_eq!(world.status(&code.random), Status::Pending);
    }
}

/// `{"code":200}`, packed. Nobody asked for that.
fn gzip() -> Fault {
    let packed =
        b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabVJ\xceOIU\xb2220\xa8\x05\0T\x03\x96\xea\x0c\0\0\0";
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("content-encoding", "gzip".to_owned()),
    ];
    Fault::new(FaultKind::Reply { status: 200, headers, body: packed.to_vec() })
}

/// An answer as it is, and whether it is said to be JSON.
fn answer(status: u16, is_json: bool, body: impl Into<Vec<u8>>) -> Fault {
    let content_type = if is_json { "application/json" } else { "text/html; charset=utf-8" };
    let headers = vec![("content-type", content_type.to_owned())];
    Fault::new(FaultKind::Reply { status, headers, body: body.into() })
}

/// Answers that contradict themselves, that cannot be read, or that come from something in front of
/// the service: neither a success nor a refusal.
fn answers_that_say_nothing() -> Vec<Fault> {
    let contradictions = [
        r#"{"statusCode":200,"apiCode":2020}"#,
        r#"{"code":500.0,"statusCode":200}"#,
        r#"{"code":200,"statusCode":401}"#,
        r#"{"code":200,"apiCode":"500"}"#,
        r#"{"code":1636,"statusCode":200}"#,
        r#"{"code":2004,"apiCode":200}"#,
    ];
    let unreadable = [
        r#"{"code":"E_FORBIDDEN","statusCode":200}"#,
        r#"{"code":200.5,"statusCode":200}"#,
        r#"{"code":true,"statusCode":200}"#,
        r#"{"code":[200],"statusCode":200}"#,
        r#"{"code":"","statusCode":200}"#,
        r#"{"code":200,"apiCode":{}}"#,
        r#"{"code":200,"code":200}"#,
        r#"{"code":200"#,
        r#"{"code":200}}"#,
        "",
    ];
    let not_utf8: [&[u8]; 3] = [
        b"{\"code\":200,\"message\":\"\xff\"}",
        b"{\"code\":200,\"unknown\":[\"\xc3\x28\"]}",
        b"{\"code\":200,\"un\x80known\":1}",
    ];
    let page = "<html><h1>403 Forbidden</h1></html>";
    let mut answers = Vec::new();
    answers.extend(contradictions.map(|body| answer(200, true, body)));
    answers.extend(unreadable.map(|body| answer(200, true, body)));
    answers.extend(not_utf8.map(|body| answer(200, true, body)));
    for status in [302, 400, 401, 403, 404, 408, 429, 503] {
        answers.push(answer(status, true, r#"{"code":200}"#));
    }
    // A gateway's word in the place of the service's.
    for code in [408, 421, 425, 501, 502, 503, 504, 599] {
        answers.push(answer(200, true, format!(r#"{{"code":{code}}}"#)));
        answers.push(answer(403, true, format!(r#"{{"code":{code}}}"#)));
    }
    for success in ["null", "0", r#""false""#, r#""true""#, "1", "{}"] {
        answers.push(answer(
            200,
            true,
            format!(r#"{{"code":200,"data":{{"success":{success}}}}}"#),
        ));
    }
    answers.push(answer(200, true, r#"{"code":200,"data":{"success":true,"success":true}}"#));
    for status in [400, 403, 404, 405, 413, 500, 502] {
        answers.push(answer(status, false, page));
        // Said to be JSON, and not said to be anything.
        answers.push(answer(status, true, page));
        let headers = Vec::new();
        answers.push(Fault::new(FaultKind::Reply { status, headers, body: Vec::new() }));
    }
    // The same request may be sent again: RFC 9110, 15.5.9 and 15.5.20; RFC 8470, 5.2.
    for status in [408, 421, 425] {
        answers.push(answer(status, false, page));
        answers.push(answer(status, true, "{}"));
        answers.push(answer(status, true, r#"{"code":500,"message":"no"}"#));
    }
    answers
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_neither_marks_a_code_scanned_nor_refuses_it() {
    for (number, fault) in answers_that_say_nothing().into_iter().enumerate() {
        let world = World::new().await;
        let code = world.web_code();
        let read = world.read(&code);
        world.server.inject(fault.clone().on("scanned").times(99));
        let error = world.client.scanned(&read).await.expect_err("no success");
        assert!(matches!(error, Error::Network { .. }), "{number}, {fault:?}: {error:?}");
        assert_eq!(world.status(&code.random), Status::Pending);

        world.server.clear_faults();
        world.client.scanned(&read).await.unwrap().confirm().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_to_a_decision_is_settled_by_asking() {
    for (number, fault) in answers_that_say_nothing().into_iter().enumerate() {
        for after_effect in [true, false] {
            let world = World::new().await;
            let (login, random) = world.scanned().await;
            let on_confirm = fault.clone().on("confirm");
            let on_confirm = if after_effect { on_confirm.after_effect() } else { on_confirm };
            world.server.inject(on_confirm);
            let told = login.confirm().await;
            if after_effect {
                assert_eq!(told, Ok(()), "{number}, {fault:?}");
                assert_eq!(world.calls(), ["scanned", "confirm", "check"]);
            } else if let Err(error) = told {
                assert!(matches!(error, Error::Network { .. }), "{number}, {fault:?}: {error:?}");
                assert_eq!(world.status(&random), Status::Scanned);
                assert_eq!(login.state(), LoginState::Scanned);
                assert_eq!(login.confirm().await, Ok(()));
            }
            let code = world.server.code(&random).unwrap();
            assert_eq!((code.status, code.decisions), (Status::Confirmed, 1));
        }
    }
}

/// JSON without a code may be the service's or a gateway's: that is for `check` to say.
#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_code_is_no_word_on_a_decision() {
    let unknown = Err(Error::OutcomeUnknown { decision: Decision::Confirm });
    for (status, body) in [
        (403, json!({ "message": "Forbidden" })),
        (404, json!({})),
        (200, json!({ "statusCode": 200, "data": { "success": false } })),
    ] {
        for (after_effect, expected) in [(true, Ok(())), (false, unknown.clone())] {
            let world = World::new().await;
            let (login, random) = world.scanned().await;
            let fault = Fault::json(status, body.clone()).on("confirm");
            world.server.inject(if after_effect { fault.after_effect() } else { fault });
            assert_eq!(login.confirm().await, expected, "{status} {body}");
            assert_eq!(login.confirm().await, Ok(()));
            assert_eq!(world.server.code(&random).unwrap().decisions, 1);
        }
    }
}

/// In characters, of which one may have several bytes.
#[tokio::test(start_paused = true)]
async fn a_foreign_text_is_cut_after_120_characters() {
    for character in ["x", "禁"] {
        for (length, kept) in [(119, 119), (120, 120), (121, 120), (9000, 120)] {
            let world = World::new().await;
            let answer = json!({ "code": 1576, "message": character.repeat(length) });
            world.server.inject(Fault::json(200, answer).on("scanned"));
            let told = world.client.scanned(&world.read(&world.web_code())).await.err();
            assert_eq!(told, refused(1576, &character.repeat(kept)));
        }
    }
    let world = World::new().await;
    let code = json!({ "scene": "S".repeat(121), "random": "a", "userPoolId": "p" }).to_string();
    let found = "S".repeat(120);
    assert_eq!(world.client.read_text(code).err(), Some(Error::WrongScene { found }));
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_a_field_twice_is_not_understood() {
    let world = World::new().await;
    let fault = FaultKind::Reply {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: r#"{"code":500,"code":200}"#.into(),
    };
    world.server.inject(Fault::new(fault).on("scanned"));
    let result = world.client.scanned(&world.read(&world.web_code())).await;
    assert!(
        matches!(result, Err(Error::Network { failure: NetworkFailure::BadAnswer, .. })),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_fault_over_an_invalid_code_is_told_apart_by_asking() {
    let world = World::new().await;
    let code = world.web_code();
    let read = world.read(&code);
    world.server.forget_code(&code.random);
    world.server.inject(Fault::json(500, json!({ "code": 500 })).on("scanned").times(9));
    assert_eq!(world.client.scanned(&read).await.err(), Some(Error::CodeGone));
}

#[tokio::test(start_paused = true)]
async fn a_refused_scan_is_explained_by_how_the_code_stands() {
    let already = |decision| Error::AlreadyDecided { decision };
    let refused = Error::Refused { server_code: 1000, server_text: "登录失败".to_owned() };
    for api in [ApiVersion::V2, ApiVersion::V3] {
        for (status, expected) in [
            (Status::Confirmed, already(Decision::Confirm)),
            (Status::Cancelled, already(Decision::Cancel)),
            (Status::Expired, Error::Expired),
            (Status::MfaRequired, Error::MfaRequired),
            (Status::Failed, refused.clone()),
        ] {
            let world = World::with(Setup::default(), |config| Config { api, ..config }).await;
            let code = world.web_code();
            world.server.set_status(&code.random, status);
            let error = world.client.scanned(&world.read(&code)).await.err();
            // V3 has one word for what V2 calls MFA and failure, and no reason with it.
            let expected = match (api, status) {
                (ApiVersion::V3, Status::MfaRequired | Status::Failed) => {
                    Error::Refused { server_code: 0, server_text: String::new() }
                }
                _ => expected,
            };
            assert_eq!(error, Some(expected), "{api:?} {status:?}");
        }
    }
}

/// What `check` may look like without being refused, and what comes of it after a lost confirm.
#[tokio::test(start_paused = true)]
async fn a_check_is_read_as_far_as_it_can_be() {
    for (data, expected) in [
        (json!({ "status": 2 }), "ok"),
        (json!({ "status": "2", "scannedUserId": null }), "ok"),
        (json!({ "status": 2, "scannedUserId": "" }), "ok"),
        (json!({ "status": 2, "scannedUserId": "user-alice" }), "ok"),
        (json!({ "status": 2, "scannedUserId": "user-bob" }), "taken_by_another_user"),
        // An id of another form says nothing.
        (json!({ "status": 2, "scannedUserId": 7 }), "ok"),
        (json!({ "status": 3 }), "already_decided"),
        (json!({ "status": 4, "scannedResult": { "code": 1636 } }), "mfa_required"),
        (json!({ "status": 5, "scannedResult": { "message": null, "errmsg": "no" } }), "refused"),
        (json!({ "status": 5, "scannedResult": "?" }), "refused"),
        // So a server may say of any code that is old, also of one that is confirmed.
        (json!({ "status": -1 }), "outcome_unknown"),
        (json!({ "status": 6 }), "outcome_unknown"),
        (json!({ "state": 2 }), "outcome_unknown"),
        (json!([2]), "outcome_unknown"),
    ] {
        let world = World::new().await;
        let (login, _) = world.scanned().await;
        world.server.inject(Fault::drop().on("confirm"));
        let answer = json!({ "code": 200, "data": data });
        world.server.inject(Fault::json(200, answer).on("check").times(99));
        assert_eq!(outcome(&login.confirm().await), expected, "{data}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_codes_and_users_of_other_pools_are_told_by_the_real_routes() {
    for (api, code_for_foreigners) in [(ApiVersion::V2, 2004), (ApiVersion::V3, 2036)] {
        let setup = Setup { foreign_user_code: code_for_foreigners, ..Setup::default() };
        let world = World::with(setup, |config| Config { api, ..config }).await;
        let code = world.web_code();
        let read = world.read(&code);
        world.tokens.pocket().token = Ok(world.server.issue_token(crate::support::CAROL));
        let error = world.client.scanned(&read).await.err();
        assert_eq!(
            error,
            Some(Error::UserNotInPool { server_code: code_for_foreigners }),
            "{api:?}"
        );

        world.tokens.pocket().token = Ok("made-up".to_owned());
        assert_eq!(world.client.scanned(&read).await.err(), Some(Error::SignedOut), "{api:?}");

        world.server.forget_code(&code.random);
        world.tokens.pocket().token = Ok(world.server.issue_token(crate::support::ALICE));
        assert_eq!(world.client.scanned(&read).await.err(), Some(Error::CodeGone), "{api:?}");
    }
}
