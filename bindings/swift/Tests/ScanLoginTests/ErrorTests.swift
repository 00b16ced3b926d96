import Foundation
import ScanLogin
import Testing

@Suite struct ErrorTests {
    @Test func anErrorSaysWhatHappenedToLogsToTheUserAndToFoundation() throws {
        let client = try ScanLoginClient(
            ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!), tokens: Tokens("t", "u"))
        do {
            _ = try client.readText("https://example.com")
        } catch let error as ScanLoginError {
            #expect(error.kind == .notALoginCode(.notJSON))
            #expect(error.code == "not_a_login_code")
            #expect(!error.isRetryable)
            #expect("\(error)" == "this is not a login code: it is not JSON (not_a_login_code)")
            #expect(String(reflecting: error) == "\(error)")
            #expect(error.userText(.english).hasSuffix("."))
            #expect(error.userText(.simplifiedChinese).hasSuffix("。"))
            #expect(error.localizedDescription == error.userText())
            let foundation = error as NSError
            #expect(foundation.domain == "dev.scanlogin")
            #expect(foundation.code == 4)
            #expect(foundation.localizedDescription == error.userText())
            #expect(foundation.userInfo["NSDebugDescription"] as? String == "\(error)")
        }
    }

    @Test func errorsOfTheSameKindAreEqual() {
        #expect(ScanLoginError(.noCode, userText: "a") == ScanLoginError(.noCode, userText: "b"))
        #expect(ScanLoginError(.noCode) != ScanLoginError(.expired))
        #expect(ScanLoginError(.network(.offline, reason: "a")) != ScanLoginError(.network(.tls, reason: "a")))
    }

    @Test func refusalsFromTheCoreHaveTheirFields() async throws {
        let server = try Server()
        let client = try await server.client()
        let text = try await server.text(try await server.makeCode())
        func refused(_ text: String) async -> ScanLoginError.Kind? {
            (await thrown { try client.readText(text) } as? ScanLoginError)?.kind
        }
        #expect(await refused("https://example.com") == .notALoginCode(.notJSON))
        let withoutRandom = text.replacingOccurrences(of: "random", with: "r")
        #expect(await refused(withoutRandom) == .notALoginCode(.missingField("random")))
        let otherScene = text.replacingOccurrences(of: "APP_AUTH", with: "WXAPP_AUTH")
        #expect(await refused(otherScene) == .wrongScene(found: "WXAPP_AUTH"))
        let otherPool = text.replacingOccurrences(of: server.pool, with: "another")
        #expect(await refused(otherPool) == .wrongUserPool(found: "another"))
        let empty = await thrown { try await client.readImage(Data()) } as? ScanLoginError
        #expect(empty?.kind == .unreadableImage(.empty))
        #expect(try await server.requests() == 0)
    }

    @Test func answersOfTheServerHaveTheirFields() async throws {
        let server = try Server()
        let client = try await server.client(timeout: .seconds(2))
        func answered(_ body: String) async throws -> ScanLoginError.Kind? {
            let code = try client.readText(try await server.text(try await server.makeCode()))
            try await server.fault("reply", on: "scanned", times: 9, body: body)
            let error = await thrown { try await client.scanned(code) } as? ScanLoginError
            try await server.clearFaults()
            return error?.kind
        }
        #expect(try await answered(#"{"code":2020}"#) == .signedOut)
        #expect(try await answered(#"{"code":2241}"#) == .codeGone)
        #expect(try await answered(#"{"code":1636}"#) == .mfaRequired)
        #expect(try await answered(#"{"code":2004}"#) == .userNotInPool(serverCode: 2004))
        #expect(try await answered(#"{"code":1576,"message":"不行"}"#) == .refused(serverCode: 1576, serverText: "不行"))
        guard case .network(.badAnswer, _) = try await answered("[]") else {
            Issue.record("not a bad answer")
            return
        }

        try await server.setClock(offsetSeconds: -86_400)
        let old = try await server.text(try await server.makeCode())
        try await server.setClock(offsetSeconds: 0)
        try await client.warmUp()
        #expect(throws: ScanLoginError(.expired)) { try client.readText(old) }
    }

    @Test func decisionsThatAreLostOrTakenAreTold() async throws {
        let server = try Server()
        let client = try await server.client(timeout: .seconds(2))
        let random = try await server.makeCode()
        let login = try await client.scanned(try client.readText(try await server.text(random)))
        try await server.fault("drop", on: "confirm", afterEffect: true)
        try await server.fault("drop", on: "check", times: 99)
        let unknown = await thrown { try await login.confirm() } as? ScanLoginError
        #expect(unknown?.kind == .outcomeUnknown(.confirm))
        #expect(login.state == .outcomeUnknown)
        try await server.clearFaults()
        try await login.confirm()
        #expect(try await server.decisions(random) == 1)
        let decided = await thrown { try await login.cancel() } as? ScanLoginError
        #expect(decided?.kind == .alreadyDecided(.confirm))

        let taken = try client.readText(try await server.text(try await server.makeCode()))
        _ = try await server.client(user: "user-bob").scanned(taken)
        let error = await thrown { try await client.scanned(taken) } as? ScanLoginError
        #expect(error?.kind == .takenByAnotherUser)
    }
}
