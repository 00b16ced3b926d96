import Foundation
import ScanLogin
import Testing

// The key of RFC 8037, A.1.
private let jwk = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
private let signed =
    "eyJhbGciOiJFZERTQSJ9."
    + "eyJyYW5kb20iOiJyIiwidXNlclBvb2xJZCI6InBvb2wiLCJleHAiOjQxMDI0NDQ4MDAsImNsYWltcyI6eyJicm93c2VyIjoiRmlyZWZveCJ9fQ."
    + "OkHtN2LmkcDdJN8k_oTBmD8WrmTpJHpe0gJqCXkUF02orPMXbaeStyLSVbx3HTwiWuVzm1EzAjZQ11SCJl-zCg"

private func client(keys: [String]?, requires: Bool = false) throws -> ScanLoginClient {
    var config = ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!)
    config.contextKeys = keys
    config.requiresVerifiedContext = requires
    return try ScanLoginClient(config, tokens: Tokens("t", "u"))
}

private func text(_ customData: String) -> String {
    #"{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":\#(customData)}"#
}

@Suite struct ContextTests {
    @Test func claimsThatTheServerOfTheWebPageHasSignedAreVerified() throws {
        let code = try client(keys: [jwk]).readText(text(#"{"browser":"Chrome","signedContext":"\#(signed)"}"#))
        #expect(code.hasVerifiedContext)
        #expect(code.claims == [Claim(name: "browser", value: "Firefox")])
        #expect(try !client(keys: nil).readText(text(#"{"signedContext":"\#(signed)"}"#)).hasVerifiedContext)
    }

    @Test func aContextThatIsWrongIsRefusedAndOneThatIsDemandedIsMissed() throws {
        let demanding = try client(keys: [jwk], requires: true)
        let wrong = signed.replacingOccurrences(of: ".OkH", with: ".AAA")
        #expect(throws: ScanLoginError(.contextNotVerified(.missing))) { try demanding.readText(text("{}")) }
        #expect(throws: ScanLoginError(.contextNotVerified(.badSignature))) {
            try demanding.readText(text(#"{"signedContext":"\#(wrong)"}"#))
        }
        #expect(throws: ScanLoginError.self) { try client(keys: nil, requires: true) }
        #expect(throws: ScanLoginError.self) { try client(keys: ["no key"]) }
    }
}
