import Foundation
import ScanLogin
import Testing

private final class Lines: LogSink, @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []

    var lines: [String] { lock.withLock { kept } }

    func log(level: LogLevel, target: String, text: String) throws {
        lock.withLock { kept.append("\(level) \(target) \(text)") }
    }
}

@Suite struct SecretTests {
    @Test func neitherTokenNorRandomIsPrintedThrownOrLogged() async throws {
        let server = try Server()
        let log = Lines()
        setLogSink(sink: log)
        let token = try await server.issueToken("user-alice")
        let random = try await server.makeCode()
        let client = try server.client(tokens: Tokens(token, "user-alice"), timeoutMillis: 2000)
        let code = try client.readText(text: try await server.text(random))
        let login = try await client.scanned(code: code)
        try await server.fault("drop", on: "confirm")
        try await server.fault("drop", on: "check", times: 99)
        let error = await thrown { try await login.confirm() }
        setLogSink(sink: nil)

        let userToken = UserToken(token: token, userId: "user-alice")
        var printed = "\(client) \(code) \(login) \(userToken) \(String(describing: error))"
        printed += " \(String(reflecting: userToken)) \(error?.localizedDescription ?? "")"
        dump(code, to: &printed)
        #expect(printed.contains("[redacted]"))
        #expect(log.lines.contains { $0.contains("/api/v2/qrcode/confirm") })
        for secret in [token, random] {
            #expect(!printed.contains(secret))
            #expect(!log.lines.contains { $0.contains(secret) })
        }
    }
}
