import Foundation
import ScanLogin
import Testing

@Suite struct ErrorTests {
    /// Every error, its code, how it prints, and whether to try again.
    static let all: [(ScanLoginError, String, String, Bool)] = [
        (.Config(reason: "why"), "config", "the configuration is wrong: why", false),
        (.UnreadableImage(flaw: .damaged), "unreadable_image", "the image cannot be read: it is damaged", false),
        (.NoCode, "no_code", "no QR code was found in the image", false),
        (.NotALoginCode(flaw: .missingField(field: "random")), "not_a_login_code", "this is not a login code: `random` is missing", false),
        (.WrongScene(found: "X"), "wrong_scene", #"the code is for another kind of login: scene "X", not "APP_AUTH""#, false),
        (.WrongUserPool(found: "p"), "wrong_user_pool", #"the code belongs to another user pool: "p""#, false),
        (.Expired, "expired", "the login code has expired", false),
        (.SeveralLoginCodes(corners: [[], []]), "several_login_codes", "2 different login codes are in the image", false),
        (.SignedOut, "signed_out", "the user is not signed in", false),
        (.TokenFailed(reason: "why"), "token_failed", "no token could be had: why", true),
        (.UserNotInPool(serverCode: 2004), "user_not_in_pool", "the user does not exist in the code's user pool (server code 2004)", false),
        (.Refused(serverCode: 1576, serverText: "prose"), "refused", "the server refused: code 1576", false),
        (.CodeGone, "code_gone", "the server does not know this login code", false),
        (.TakenByAnotherUser, "taken_by_another_user", "another user has scanned this login code", false),
        (.UserChanged, "user_changed", "the signed-in user has changed since the login code was scanned", false),
        (.AlreadyDecided(decision: .confirm), "already_decided", "the login was already confirmed", false),
        (.MfaRequired, "mfa_required", "the server asks for a second factor", false),
        (.Network(failure: .offline, reason: "why"), "network_offline", "the server could not be reached: why", true),
        (.PinMismatch, "pin_mismatch", "the server's key is not one of the pinned keys", false),
        (.OutcomeUnknown(decision: .cancel), "outcome_unknown", "it is not known whether the login was cancelled", true),
        (.Internal, "internal", "internal fault of the library", false),
        (.Cancelled, "cancelled", "the call was cancelled", true),
    ]

    @Test func everyErrorPrintsAsTheCoreWordsItAndHasACodeAndTexts() {
        for (error, code, printed, retryable) in Self.all {
            #expect("\(error)" == printed)
            #expect(error.failureReason == printed)
            #expect(error.code() == code)
            #expect(error.isRetryable() == retryable)
            if error != .Cancelled {
                #expect(error.userText(language: .english).hasSuffix("."))
                #expect(error.userText(language: .simplifiedChinese).hasSuffix("。"))
                #expect(error.localizedDescription == error.userText(language: .english))
            }
        }
    }

    @Test func refusalsFromTheCoreHaveTheirFields() async throws {
        let server = try Server()
        let client = try await server.client()
        let text = try await server.text(try await server.makeCode())
        func refused(_ text: String) async -> ScanLoginError? {
            await thrown { try client.readText(text: text) } as? ScanLoginError
        }
        #expect(await refused("https://example.com") == .NotALoginCode(flaw: .notJson))
        let withoutRandom = text.replacingOccurrences(of: "random", with: "r")
        #expect(await refused(withoutRandom) == .NotALoginCode(flaw: .missingField(field: "random")))
        let otherScene = text.replacingOccurrences(of: "APP_AUTH", with: "WXAPP_AUTH")
        #expect(await refused(otherScene) == .WrongScene(found: "WXAPP_AUTH"))
        let otherPool = text.replacingOccurrences(of: server.pool, with: "another")
        #expect(await refused(otherPool) == .WrongUserPool(found: "another"))
        let empty = await thrown { try await client.readImage(image: Data()) } as? ScanLoginError
        #expect(empty == .UnreadableImage(flaw: .empty))
        #expect(try await server.requests() == 0)
    }

    @Test func answersOfTheServerHaveTheirFields() async throws {
        let server = try Server()
        let client = try await server.client(timeoutMillis: 2000)
        func answered(_ body: String) async throws -> ScanLoginError? {
            let code = try client.readText(text: try await server.text(try await server.makeCode()))
            try await server.fault("reply", on: "scanned", times: 9, body: body)
            let error = await thrown { try await client.scanned(code: code) } as? ScanLoginError
            try await server.clearFaults()
            return error
        }
        #expect(try await answered(#"{"code":2020}"#) == .SignedOut)
        #expect(try await answered(#"{"code":2241}"#) == .CodeGone)
        #expect(try await answered(#"{"code":1636}"#) == .MfaRequired)
        #expect(try await answered(#"{"code":2004}"#) == .UserNotInPool(serverCode: 2004))
        #expect(try await answered(#"{"code":1576,"message":"不行"}"#) == .Refused(serverCode: 1576, serverText: "不行"))
        guard case .Network(failure: .badAnswer, _) = try await answered("[]") else {
            Issue.record("not a bad answer")
            return
        }

        try await server.setClock(offsetSeconds: -86_400)
        let old = try await server.text(try await server.makeCode())
        try await server.setClock(offsetSeconds: 0)
        try await client.warmUp()
        #expect(throws: ScanLoginError.Expired) { try client.readText(text: old) }
    }

    @Test func decisionsThatAreLostOrTakenAreTold() async throws {
        let server = try Server()
        let client = try await server.client(timeoutMillis: 2000)
        let random = try await server.makeCode()
        let login = try await client.scanned(code: try client.readText(text: try await server.text(random)))
        try await server.fault("drop", on: "confirm", afterEffect: true)
        try await server.fault("drop", on: "check", times: 99)
        let unknown = await thrown { try await login.confirm() } as? ScanLoginError
        #expect(unknown == .OutcomeUnknown(decision: .confirm))
        #expect(login.state() == .outcomeUnknown)
        try await server.clearFaults()
        try await login.confirm()
        #expect(try await server.decisions(random) == 1)
        let decided = await thrown { try await login.cancel() } as? ScanLoginError
        #expect(decided == .AlreadyDecided(decision: .confirm))

        let taken = try client.readText(text: try await server.text(try await server.makeCode()))
        _ = try await server.client(user: "user-bob").scanned(code: taken)
        let error = await thrown { try await client.scanned(code: taken) } as? ScanLoginError
        #expect(error == .TakenByAnotherUser)
    }
}
