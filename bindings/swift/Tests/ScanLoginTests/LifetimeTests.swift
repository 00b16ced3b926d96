import Foundation
import Network
import ScanLogin
import Testing

/// The process's memory, in KiB.
private func resident() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }!
    return Int(line.filter(\.isNumber))!
}

/// Does it so often, and checks that the memory grows by less than `most` KiB after the first third.
private func doesNotGrow(most: Int, times: Int, _ what: () async throws -> Void) async throws {
    for _ in 0..<times / 3 { try await what() }
    let before = try resident()
    for _ in times / 3..<times { try await what() }
    let grown = try resident() - before
    print("lifetime: \(times) times, grown by \(grown) KiB")
    #expect(grown < most)
}

private func exampleConfig() -> ScanLoginConfig {
    ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!)
}

/// What an app's session often is: it keeps the client that asks it.
private final class Keeper: TokenProvider, @unchecked Sendable {
    private let token: String?
    private(set) var client: ScanLoginClient!

    init(_ config: ScanLoginConfig = exampleConfig(), token: String? = nil) throws {
        self.token = token
        client = try ScanLoginClient(config, tokens: self)
    }

    func token(refresh: Bool) async throws -> UserToken? { token.map { UserToken($0, userID: "user-alice") } }
}

@Suite(.serialized) struct LifetimeTests {
    @Test func aClientIsFreedWithTheSessionThatKeepsIt() throws {
        weak var session: Keeper?
        weak var client: ScanLoginClient?
        let watching = NWPathMonitor.running
        do {
            let made = try Keeper()
            (session, client) = (made, made.client)
            #expect(NWPathMonitor.running == watching + 1)
        }
        #expect(session == nil)
        #expect(client == nil)
        #expect(NWPathMonitor.running == watching)
    }

    @Test func aSessionThatNobodyKeepsIsAFailedTokenAndNotSignedOut() async throws {
        let server = try Server()
        let client = try Keeper(server.config(), token: "t").client!
        let code = try await server.code(client)
        let error = await thrown { try await client.scanned(code) } as? ScanLoginError
        #expect(error?.kind == .tokenFailed(reason: "the token provider is gone; the app must keep it, for the client does not"))
    }

    @Test func aDecisionKeepsTheSessionToItsEnd() async throws {
        let server = try Server()
        let random = try await server.makeCode()
        try await server.fault("delay", on: "confirm", millis: 500)
        var session: Keeper? = try Keeper(server.config(), token: try await server.issueToken("user-alice"))
        weak var kept = session
        let login = try await session!.client.scanned(session!.client.readText(try await server.text(random)))
        let confirm = Task { try await login.confirm() }
        try await server.awaitRequest("confirm")
        session = nil
        #expect(kept != nil)
        try await confirm.value
        #expect(try await server.status(random) == "Confirmed")
        try await wait { kept == nil }
    }

    @Test func oneHundredThousandCodesLeaveNothingBehind() async throws {
        let client = try ScanLoginClient(exampleConfig(), tokens: Tokens("t", "u"))
        let filler = String(repeating: "x", count: 1000)
        let text = #"{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":{"a":"\#(filler)"}}"#
        // Kept, they would be 100 MB.
        try await doesNotGrow(most: 15_000, times: 100_000) { _ = try client.readText(text).customData }
    }

    @Test func twentyThousandScannersAndLoginsLeaveNothingBehind() async throws {
        let server = try Server()
        let client = try await server.client()
        let code = try await server.code(client)
        try await doesNotGrow(most: 15_000, times: 20_000) {
            _ = client.makeFrameScanner()
            _ = try await client.scanned(code)
        }
    }

    @Test func fiveThousandClientsThatTheirSessionsKeepLeaveNothingBehind() async throws {
        // Kept, they would be 95 MB.
        try await doesNotGrow(most: 25_000, times: 5_000) { _ = try Keeper() }
    }
}
