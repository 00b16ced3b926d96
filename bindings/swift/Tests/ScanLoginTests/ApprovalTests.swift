import Foundation
import ScanLogin
import Testing

@Suite struct ApprovalTests {
    @Test func aPNGAndAJPEGAreReadAskedAboutAndConfirmedOrCancelled() async throws {
        let server = try Server()
        let client = try await server.client()
        let first = try await server.makeCode(customData: #"{"屏幕":"厨房 🎉 مطبخ"}"#)
        try await approve(client, jpeg: try await server.png(first)) { code in
            #expect(code.customData == #"{"屏幕":"厨房 🎉 مطبخ"}"#)
            #expect(code.userPoolID == server.pool)
            #expect(code.expiresAt!.timeIntervalSince(code.createdAt!) == 120)
            return true
        }
        #expect(try await server.status(first) == "Confirmed")

        let second = try await server.makeCode()
        try await approve(client, jpeg: try await server.jpeg(second)) { _ in false }
        #expect(try await server.status(second) == "Cancelled")
    }

    @Test func aTextIsReadAndTwoTapsAreOneRequest() async throws {
        let server = try Server()
        let client = try await server.client()
        try await client.warmUp()
        let login = try await server.login(client)
        #expect(login.state == .scanned)
        #expect((100...120).contains(login.currentProgress.remainingSeconds!))
        try await withThrowingTaskGroup(of: Void.self) { taps in
            for _ in 0..<5 { taps.addTask { try await login.confirm() } }
            try await taps.waitForAll()
        }
        #expect(try await server.requests(holding: "confirm") == 1)
        #expect(login.state == .confirmed)
    }

    @Test func codesThatSayTheSameAreEqualAndGiveTheSameLogin() async throws {
        let server = try Server()
        let client = try await server.client()
        let text = try await server.text(try await server.makeCode())
        let (one, other) = (try client.readText(text), try client.readText(text))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        try await client.scanned(one).confirm()
        let decided = await thrown { try await client.scanned(other) } as? ScanLoginError
        #expect(decided?.kind == .alreadyDecided(.confirm))
        let made = await thrown { try await client.scanned(LoginCode(userPoolID: server.pool)) } as? ScanLoginError
        #expect(made?.kind == .notALoginCode(.notJSON))
    }

    @Test func twoHundredLoginsAtOnceThroughOneClient() async throws {
        let server = try Server()
        let client = try await server.client(timeout: .seconds(30))
        var randoms: [String] = []
        for _ in 0..<200 { randoms.append(try await server.makeCode()) }
        try await withThrowingTaskGroup(of: Void.self) { logins in
            for random in randoms {
                logins.addTask {
                    let code = try client.readText(try await server.text(random))
                    try await client.scanned(code).confirm()
                }
            }
            try await logins.waitForAll()
        }
        for random in randoms { #expect(try await server.decisions(random) == 1) }
    }

    @Test func theProgressOfALoginIsASequenceThatEndsWithIt() async throws {
        let server = try Server()
        let login = try await server.login(try await server.client())
        var seen: [LoginProgress] = []
        for await progress in login.progress {
            if seen.isEmpty { try await login.cancel() }
            seen.append(progress)
        }
        #expect(seen.first?.state == .scanned)
        #expect((118...120).contains(seen.first!.remainingSeconds!))
        #expect(seen.last?.state == .cancelled)
        // Who asks later is told how it ended.
        var later: [LoginState] = []
        for await progress in login.progress { later.append(progress.state) }
        #expect(later == [.cancelled])
    }

    @Test func whoListensToTheProgressCanBeCancelled() async throws {
        let server = try Server()
        let login = try await server.login(try await server.client())
        let listening = Task { for await _ in login.progress {} }
        listening.cancel()
        await listening.value
        #expect(login.state == .scanned)
    }

    @Test func aLoginLearnsFromTheServerWhatBecameOfIt() async throws {
        let server = try Server()
        let tokens = Tokens(try await server.issueToken("user-alice"), "user-alice")
        let text = try await server.text(try await server.makeCode())
        let (one, other) = (try server.client(tokens: tokens), try server.client(tokens: tokens))
        let login = try await one.scanned(one.readText(text))
        try await other.scanned(other.readText(text)).confirm()
        #expect(login.state == .scanned)
        #expect(try await login.refresh() == .confirmed)
        #expect(login.state == .confirmed)
    }

    @Test func mistakesInTheConfigurationAreErrors() throws {
        func refused(_ change: (inout ScanLoginConfig) -> Void) -> ScanLoginError? {
            var config = ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!)
            change(&config)
            do {
                _ = try ScanLoginClient(config, tokens: Tokens("t", "u"))
                return nil
            } catch { return error as? ScanLoginError }
        }
        #expect(refused { _ in } == nil)
        #expect(refused { $0.timeout = .milliseconds(100) } == nil)
        let mistakes: [(inout ScanLoginConfig) -> Void] = [
            { $0.baseURL = URL(string: "http://example.com")! }, { $0.appID = "" }, { $0.timeout = .milliseconds(99) },
            { $0.timeoutInterval = -.infinity }, { $0.timeoutInterval = .nan }, { $0.timeoutInterval = 1e300 },
            { $0.headerPrefix = "a b" }, { $0.rootCertificates = ["no certificate"] }, { $0.pins = .init(sha256: ["x"]) },
        ]
        for mistake in mistakes { #expect(refused(mistake)?.code == "config") }
    }
}
