import Foundation
import LocalAuthentication
import ScanLogin
import Testing

/// A guard that is a closure.
private struct Guard: ConfirmGuard {
    let answer: @Sendable (ConfirmRequest) async throws -> Consent?

    func verifyUser(_ request: ConfirmRequest) async throws -> Consent? { try await answer(request) }
}

private final class Asked: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [ConfirmRequest] = []

    var requests: [ConfirmRequest] { lock.withLock { kept } }

    func add(_ request: ConfirmRequest) { lock.withLock { kept.append(request) } }
}

/// What a session that is also its client's guard often is: all refer to each other.
private final class GuardingSession: TokenProvider, ConfirmGuard, @unchecked Sendable {
    private let token: String?
    private(set) var client: ScanLoginClient!

    init(_ config: ScanLoginConfig, token: String? = nil) throws {
        self.token = token
        client = try ScanLoginClient(config, tokens: self, confirmGuard: self)
    }

    func token(refresh: Bool) async throws -> UserToken? { token.map { UserToken($0, userID: "user-alice") } }

    func verifyUser(_ request: ConfirmRequest) async throws -> Consent? { request.approve() }
}

extension Server {
    fileprivate func login(
        _ answer: @escaping @Sendable (ConfirmRequest) async throws -> Consent?, consentMaxAge: TimeInterval? = nil
    ) async throws -> any PendingLogin {
        var config = config()
        config.consentMaxAge = consentMaxAge
        let tokens = Tokens(try await issueToken("user-alice"), "user-alice")
        return try await login(ScanLoginClient(config, tokens: tokens, confirmGuard: Guard(answer: answer)))
    }
}

private func failure(of login: any PendingLogin) async -> ScanLoginError.VerificationFailure? {
    let error = await thrown { try await login.confirm() } as? ScanLoginError
    guard case .userNotVerified(let failure, let reason)? = error?.kind else { return nil }
    #expect(!reason.contains("canary"))
    return failure
}

@Suite struct GuardTests {
    @Test func aConfirmIsSentWhenTheGuardConsentsAndACancelAsksNobody() async throws {
        let server = try Server()
        let asked = Asked()
        let consents: @Sendable (ConfirmRequest) async throws -> Consent? = {
            asked.add($0)
            return $0.approve()
        }
        let (first, second) = (try await server.login(consents), try await server.login(consents))
        try await withThrowingTaskGroup(of: Void.self) { calls in
            for _ in 0..<3 { calls.addTask { try await first.confirm() } }
            try await calls.waitForAll()
        }
        try await second.confirm()
        try await server.login(consents).cancel()
        #expect(asked.requests.map(\.code) == [first.code, second.code])
        #expect(asked.requests[0].id != asked.requests[1].id)
        #expect(try await server.requests(holding: "confirm") == 2)
        #expect(first.state == .confirmed)
    }

    @Test func whateverElseAGuardDoesIsATypedErrorAndNothingIsSent() async throws {
        struct Undeclared: Error { let canary = "canary" }
        let server = try Server()
        let asked = Asked()
        let declines = try await server.login {
            asked.add($0)
            return nil
        }
        #expect(await failure(of: declines) == .declined)
        let earlier = asked.requests[0]
        let answers: [(ScanLoginError.VerificationFailure, @Sendable (ConfirmRequest) async throws -> Consent?)] = [
            (.declined, { ConfirmRequest(code: $0.code).approve() }),
            (.failed, { _ in throw Undeclared() }),
            (.failed, { _ in throw CancellationError() }),
            (.otherRequest, { _ in earlier.approve() }),
            (
                .tooOld,
                {
                    let consent = $0.approve()
                    try await Task.sleep(for: .milliseconds(1100))
                    return consent
                }
            ),
        ]
        for (expected, answer) in answers {
            let login = try await server.login(answer, consentMaxAge: 1)
            #expect(await failure(of: login) == expected)
            #expect(login.state == .scanned)
        }
        #expect(try await server.requests(holding: "confirm") == 0)
    }

    @Test func aGuardThatNeverAnswersHoldsUpNoOtherCallAndIsCancelledWhenTheUserDeclines() async throws {
        let server = try Server()
        let (cancelled, isCancelled) = AsyncStream.makeStream(of: Void.self)
        let hanging: [@Sendable (ConfirmRequest) async throws -> Consent?] = [
            { _ in
                try? await Task.sleep(for: .seconds(3600))
                if Task.isCancelled { isCancelled.finish() }
                return nil
            },
            { _ in
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return nil
            },
        ]
        for hangs in hanging {
            let login = try await server.login(hangs)
            let confirm = Task { await thrown { try await login.confirm() } as? ScanLoginError }
            for await progress in login.progress where progress.state == .verifying { break }
            for _ in 0..<8 { try await server.login { $0.approve() }.confirm() }
            #expect(try await login.refresh() == .verifying)
            try await login.cancel()
            #expect(await confirm.value?.kind == .alreadyDecided(.cancel))
            #expect(login.state == .cancelled)
        }
        for await _ in cancelled {}
    }

    @Test func aClientIsFreedWithTheGuardThatKeepsIt() throws {
        weak var session: GuardingSession?
        weak var client: ScanLoginClient?
        do {
            let made = try GuardingSession(
                ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!))
            (session, client) = (made, made.client)
        }
        #expect(session == nil)
        #expect(client == nil)
    }

    @Test func aDecisionKeepsTheGuardToItsEnd() async throws {
        let server = try Server()
        let random = try await server.makeCode()
        var session: GuardingSession? = try GuardingSession(server.config(), token: try await server.issueToken("user-alice"))
        let login = try await session!.client.scanned(session!.client.readText(try await server.text(random)))
        try await server.fault("delay", on: "confirm", millis: 500)
        let confirm = Task { try await login.confirm() }
        try await server.awaitRequest("confirm")
        session = nil
        try await confirm.value
        #expect(try await server.status(random) == "Confirmed")
    }

    @Test @MainActor func aGuardMayLiveOnTheMainActor() async throws {
        @MainActor final class Screen: ConfirmGuard {
            var shown: [String] = []

            func verifyUser(_ request: ConfirmRequest) async throws -> Consent? {
                shown.append(request.id)
                return request.approve()
            }
        }
        let server = try Server()
        let screen = Screen()
        let tokens = Tokens(try await server.issueToken("user-alice"), "user-alice")
        try await server.login(ScanLoginClient(server.config(), tokens: tokens, confirmGuard: screen)).confirm()
        #expect(screen.shown.count == 1)
    }

    @Test func whatAGuardIsAskedPrintsWithoutSecrets() async throws {
        let server = try Server()
        let asked = Asked()
        let random = try await server.makeCode(customData: #"{"a":"canary"}"#)
        let tokens = Tokens(try await server.issueToken("user-alice"), "user-alice")
        let client = try ScanLoginClient(
            server.config(), tokens: tokens,
            confirmGuard: Guard {
                asked.add($0)
                return $0.approve()
            })
        try await client.scanned(client.readText(try await server.text(random))).confirm()
        let request = asked.requests[0]
        var printed = "\(request) \(request.approve()) \(String(reflecting: request))"
        dump(request, to: &printed)
        dump(request.approve(), to: &printed)
        #expect(printed.contains("ConfirmRequest"))
        #expect(!printed.contains(random) && !printed.contains("canary"))
    }

    @Test func theGuardOfTheSamplesAsksAndHidesWhenTheLoginIsDeclined() async throws {
        let server = try Server()
        let tokens = Tokens(try await server.issueToken("user-alice"), "user-alice")
        let client = try ScanLoginClient(server.config(), tokens: tokens, confirmGuard: BiometricGuard(reason: "Sign in"))
        LAContext.user = { true }
        try await server.login(client).confirm()
        for (answer, expected) in [(LAError.Code.userCancel, ScanLoginError.VerificationFailure.declined), (.authenticationFailed, .failed)] {
            LAContext.user = { throw LAError(answer) }
            #expect(await failure(of: try await server.login(client)) == expected)
        }
        LAContext.user = {
            try await Task.sleep(for: .seconds(3600))
            return true
        }
        let login = try await server.login(client)
        let confirm = Task { await thrown { try await login.confirm() } as? ScanLoginError }
        for await progress in login.progress where progress.state == .verifying { break }
        try await login.cancel()
        #expect(await confirm.value?.kind == .alreadyDecided(.cancel))
    }
}
