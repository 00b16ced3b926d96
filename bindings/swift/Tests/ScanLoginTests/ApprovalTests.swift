import Foundation
import ScanLogin
import Testing

@Suite struct ApprovalTests {
    @Test func aPNGAndAJPEGAreReadAskedAboutAndConfirmedOrCancelled() async throws {
        let server = try Server()
        let client = try await server.client()
        let first = try await server.makeCode(customData: #"{"屏幕":"厨房 🎉 مطبخ"}"#)
        try await approve(client: client, jpeg: try await server.png(first)) { code in
            #expect(code.customData() == #"{"屏幕":"厨房 🎉 مطبخ"}"#)
            #expect(code.userPoolId() == server.pool)
            #expect(code.expiresAtMillis()! - code.createdAtMillis()! == 120_000)
            return true
        }
        #expect(try await server.status(first) == "Confirmed")

        let second = try await server.makeCode()
        try await approve(client: client, jpeg: try await server.jpeg(second)) { _ in false }
        #expect(try await server.status(second) == "Cancelled")
    }

    @Test func aTextIsReadAndTwoTapsAreOneRequest() async throws {
        let server = try Server()
        let client = try await server.client()
        try await client.warmUp()
        let login = try await client.scanned(code: try client.readText(text: try await server.text(try await server.makeCode())))
        #expect(login.state() == .scanned)
        #expect((100_000...121_000).contains(login.remainingMillis()!))
        try await withThrowingTaskGroup(of: Void.self) { taps in
            for _ in 0..<5 { taps.addTask { try await login.confirm() } }
            try await taps.waitForAll()
        }
        #expect(try await server.requests(holding: "confirm") == 1)
        #expect(login.state() == .confirmed)
    }

    @Test func twoHundredLoginsAtOnceThroughOneClient() async throws {
        let server = try Server()
        let client = try await server.client(timeoutMillis: 30_000)
        var randoms: [String] = []
        for _ in 0..<200 { randoms.append(try await server.makeCode()) }
        try await withThrowingTaskGroup(of: Void.self) { logins in
            for random in randoms {
                logins.addTask {
                    let code = try client.readText(text: try await server.text(random))
                    try await client.scanned(code: code).confirm()
                }
            }
            try await logins.waitForAll()
        }
        for random in randoms { #expect(try await server.decisions(random) == 1) }
    }

    @Test func theProgressOfALoginIsAStreamThatEndsWithIt() async throws {
        let server = try Server()
        let client = try await server.client()
        let login = try await client.scanned(code: try client.readText(text: try await server.text(try await server.makeCode())))
        var seen: [LoginProgress] = []
        for await progress in login.progress() {
            if seen.isEmpty { try await login.cancel() }
            seen.append(progress)
        }
        #expect(seen.first?.state == .scanned)
        #expect((118...121).contains(seen.first!.remainingSeconds!))
        #expect(seen.last?.state == .cancelled)
    }

    @Test func configurationHasDefaultsAndMistakesAreErrors() {
        let config = ScanLoginConfig(appId: "app", userPoolId: "pool", baseUrl: "http://example.com")
        #expect(config.timeoutMillis == 15_000)
        #expect(config.headerPrefix == "x-authing")
        #expect(throws: ScanLoginError.self) { try ScanLoginClient(config: config, tokens: Tokens("t", "u")) }
    }
}
