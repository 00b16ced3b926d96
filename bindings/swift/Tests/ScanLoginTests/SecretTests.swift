import Foundation
import ScanLogin
import Testing

final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []

    var lines: [String] { lock.withLock { kept } }

    func add(_ line: String) { lock.withLock { kept.append(line) } }
}

private final class Holder: TokenProvider {
    private let idToken: String

    init(_ idToken: String) { self.idToken = idToken }

    func token(refresh: Bool) async throws -> UserToken? { UserToken(idToken, userID: "user-alice") }
}

/// There is one log for the process.
@Suite(.serialized) struct SecretTests {
    @Test func neitherTokenNorCodeIsPrintedThrownOrLogged() async throws {
        let server = try Server()
        let log = Lines()
        ScanLoginClient.setLogSink { level, target, text in log.add("\(level) \(target) \(text)") }
        let token = try await server.issueToken("user-alice")
        let random = try await server.makeCode(customData: #"{"a":"canary"}"#)
        let session = Holder(token)
        let client = try server.client(tokens: session, timeout: .seconds(2))
        let text = try await server.text(random)
        let code = try client.readText(text)
        let login = try await client.scanned(code)
        try await server.fault("drop", on: "confirm")
        try await server.fault("drop", on: "check", times: 99)
        let thrownError = await thrown { try await login.confirm() }
        let error = try #require(thrownError)
        ScanLoginClient.setLogSink(nil)

        let found = FrameResult.found(code, corners: [])
        let things: [Any] = [client, code, login, UserToken(token), error, error as NSError, found, client.makeFrameScanner()]
        var printed = error.localizedDescription
        for thing in things {
            printed += " \(thing) \(String(reflecting: thing))"
            dump(thing, to: &printed)
        }
        #expect(printed.contains("[redacted]"))
        #expect(log.lines.contains { $0.contains("/api/v2/qrcode/confirm") })
        for secret in [token, random, "canary"] {
            #expect(!printed.contains(secret))
            #expect(!log.lines.contains { $0.contains(secret) })
        }
        withExtendedLifetime(session) {}
    }

    @Test func aSinkThatNeverReturnsHoldsUpNothing() async throws {
        let server = try Server()
        let stuck = DispatchSemaphore(value: 0)
        ScanLoginClient.setLogSink { _, _, _ in stuck.wait() }
        let client = try await server.client()
        for _ in 0..<20 { try await server.login(client).confirm() }
        ScanLoginClient.setLogSink(nil)
        stuck.signal()
    }

    @Test func aSinkMayCallTheLibrary() async throws {
        let server = try Server()
        let client = try await server.client()
        let read = Counter()
        ScanLoginClient.setLogSink { _, _, _ in
            _ = try? client.readText("x")
            read.next()
        }
        try await server.login(client).confirm()
        try await wait { read.value > 0 }
        ScanLoginClient.setLogSink(nil)
    }
}
