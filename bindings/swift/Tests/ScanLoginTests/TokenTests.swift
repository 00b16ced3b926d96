import Foundation
import ScanLogin
import Testing

/// A provider that throws.
private final class Throwing: TokenProvider {
    private let error: any Error & Sendable

    init(_ error: any Error & Sendable) { self.error = error }

    func token(refresh: Bool) async throws -> UserToken { throw error }
}

private struct Undeclared: Error {
    let canary = "canary"
}

@Suite struct TokenTests {
    @Test func aTokenThatIsNotTakenIsRefreshedOnceForAllCalls() async throws {
        let server = try Server()
        let tokens = Tokens("old", "user-alice") { try await server.issueToken("user-alice") }
        let client = try server.client(tokens: tokens)
        var codes: [LoginCode] = []
        for _ in 0..<10 { codes.append(try client.readText(text: try await server.text(try await server.makeCode()))) }
        try await withThrowingTaskGroup(of: Void.self) { calls in
            for code in codes { calls.addTask { _ = try await client.scanned(code: code) } }
            try await calls.waitForAll()
        }
        #expect(tokens.refreshes == 1)
    }

    @Test func whatAProviderThrowsIsATypedErrorWithoutWhatItDidNotDeclare() async throws {
        let server = try Server()
        func scanned(_ error: any Error & Sendable) async throws -> ScanLoginError? {
            let client = try server.client(tokens: Throwing(error))
            let code = try client.readText(text: try await server.text(try await server.makeCode()))
            return await thrown { try await client.scanned(code: code) } as? ScanLoginError
        }
        #expect(try await scanned(TokenError.SignedOut) == .SignedOut)
        #expect(try await scanned(TokenError.Failed(reason: "locked")) == .TokenFailed(reason: "locked"))
        guard case .TokenFailed(let reason) = try await scanned(Undeclared()) else {
            Issue.record("not a failed token")
            return
        }
        #expect(!reason.contains("canary"))
        #expect(try await server.requests() == 0)
    }
}
