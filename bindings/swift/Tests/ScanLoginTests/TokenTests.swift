import Foundation
import ScanLogin
import Testing

private struct Undeclared: Error {
    let canary = "canary"
}

@Suite struct TokenTests {
    @Test func aTokenThatIsNotTakenIsRefreshedOnceForAllCalls() async throws {
        let server = try Server()
        let tokens = Tokens("old", "user-alice") { try await server.issueToken("user-alice") }
        let client = try server.client(tokens: tokens)
        var codes: [LoginCode] = []
        for _ in 0..<10 { codes.append(try await server.code(client)) }
        try await withThrowingTaskGroup(of: Void.self) { calls in
            for code in codes { calls.addTask { _ = try await client.scanned(code) } }
            try await calls.waitForAll()
        }
        #expect(tokens.refreshes == 1)
    }

    @Test func whatAProviderThrowsIsATypedErrorThatNamesItsTypeAlone() async throws {
        let server = try Server()
        func scanned(_ answer: @escaping @Sendable (Bool) async throws -> UserToken?) async throws -> ScanLoginError.Kind? {
            let client = try server.client(tokens: Provider(answer: answer))
            let code = try await server.code(client)
            return (await thrown { try await client.scanned(code) } as? ScanLoginError)?.kind
        }
        #expect(try await scanned { _ in nil } == .signedOut)
        #expect(try await scanned { _ in throw Undeclared() } == .tokenFailed(reason: "Undeclared"))
        #expect(try await scanned { _ in throw CancellationError() } == .tokenFailed(reason: "CancellationError"))
        guard case .tokenFailed(let reason) = try await scanned({ _ in UserToken("no\nheader") }) else {
            Issue.record("not a failed token")
            return
        }
        #expect(!reason.contains("header\n"))
        #expect(try await server.requests() == 0)
    }

    /// More of them than there are threads that Swift's tasks share, and none lets go of its own before the test ends.
    @Test func providersThatBlockOrNeverReturnHoldUpNothingElse() async throws {
        let server = try Server()
        let blocked = DispatchSemaphore(value: 0)
        let count = 2 * ProcessInfo.processInfo.activeProcessorCount + 2
        let blocking = try server.client(
            tokens: Provider { _ in
                blockThread(blocked)
                return nil
            }, timeout: .seconds(2))
        let neverReturning = try server.client(
            tokens: Provider { _ in
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return nil
            }, timeout: .seconds(2))
        let other = try await server.client()
        try await withThrowingTaskGroup(of: ScanLoginError?.self) { calls in
            for client in [blocking, neverReturning] {
                for _ in 0..<count {
                    let code = try await server.code(client)
                    calls.addTask { await thrown { try await client.scanned(code) } as? ScanLoginError }
                }
            }
            try await server.login(other).confirm()
            for try await error in calls {
                guard case .tokenFailed? = error?.kind else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
        try await server.login(other).confirm()
        for _ in 0..<count { blocked.signal() }
    }

    @Test func aProviderMayCallTheClientThatAsksIt() async throws {
        let server = try Server()
        let token = try await server.issueToken("user-alice")
        let session = Session(token: token)
        let client = try server.client(tokens: session)
        await session.set(client)
        try await server.login(client).confirm()
        #expect(await session.warmUps > 0)
    }

    private actor Session: TokenProvider {
        private let token: String
        private var client: ScanLoginClient?
        private(set) var warmUps = 0

        init(token: String) { self.token = token }

        func set(_ client: ScanLoginClient) { self.client = client }

        func token(refresh: Bool) async throws -> UserToken? {
            try await client?.warmUp()
            warmUps += 1
            return UserToken(token, userID: "user-alice")
        }
    }

    @MainActor private final class MainActorSession: TokenProvider {
        private let token: String
        private(set) var asked = 0

        init(token: String) { self.token = token }

        func token(refresh: Bool) async throws -> UserToken? {
            asked += 1
            return UserToken(token, userID: "user-alice")
        }
    }

    @Test @MainActor func aProviderMayLiveOnTheMainActor() async throws {
        let server = try Server()
        let session = MainActorSession(token: try await server.issueToken("user-alice"))
        try await server.login(try server.client(tokens: session)).confirm()
        #expect(session.asked > 0)
    }
}

private func blockThread(_ semaphore: DispatchSemaphore) { semaphore.wait() }
