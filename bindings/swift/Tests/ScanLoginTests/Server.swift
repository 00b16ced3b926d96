import Foundation
import ScanLogin

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A stand-in server of its own, in a process of its own.
final class Server: Sendable {
    let url: String
    let appID: String
    let pool: String
    private let process: Process
    private let input = Pipe()

    init() throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["GENAUTH"] ?? "genauth")
        process.arguments = ["--port", "0", "--until-stdin-ends"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // It ends with this process, however that ends.
        process.standardInput = input
        try process.run()
        var text = ""
        while !text.contains("Ctrl-C") {
            text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        let lines = text.split(separator: "\n").map(String.init)
        func value(_ name: String) -> String {
            String(lines.first { $0.hasPrefix("\(name): ") }!.dropFirst(name.count + 2))
        }
        url = value("address")
        appID = value("app id")
        pool = value("user pool id")
    }

    deinit {
        process.terminate()
    }

    func makeCode(pool: String? = nil, customData: String = "{}") async throws -> String {
        try await post("codes", ["pool": pool ?? self.pool, "custom_data": customData])
    }

    func text(_ random: String) async throws -> String { try await string("/_genauth/codes/\(random)/text") }
    func status(_ random: String) async throws -> String { try await string("/_genauth/codes/\(random)/status") }
    func decisions(_ random: String) async throws -> Int { Int(try await string("/_genauth/codes/\(random)/decisions"))! }
    func png(_ random: String) async throws -> Data { try await get("/qrcode/\(pool)/\(random).png") }
    func jpeg(_ random: String) async throws -> Data { try await get("/_genauth/codes/\(random)/jpeg") }
    func plane(_ random: String) async throws -> Data { try await get("/_genauth/codes/\(random)/plane") }
    func issueToken(_ user: String) async throws -> String { try await post("tokens", ["user": user]) }

    func requests(holding: String = "") async throws -> Int {
        Int(try await string("/_genauth/requests?holding=\(holding)"))!
    }

    func setClock(offsetSeconds: Int) async throws {
        _ = try await post("clock", ["offset_seconds": "\(offsetSeconds)"])
    }

    /// The next requests whose path ends with this go wrong.
    func fault(
        _ kind: String, on: String, times: Int = 1, afterEffect: Bool = false, millis: Int = 0, body: String = ""
    ) async throws {
        let query = [
            "kind": kind, "on": on, "times": "\(times)", "after_effect": "\(afterEffect)", "millis": "\(millis)",
            "body": body,
        ]
        _ = try await post("faults", query)
    }

    func clearFaults() async throws {
        _ = try await send("DELETE", "/_genauth/faults")
    }

    /// Waits until a request that holds this was made.
    func awaitRequest(_ holding: String) async throws {
        try await wait { try await requests(holding: holding) > 0 }
    }

    func client(user: String = "user-alice", timeout: Duration = .seconds(6)) async throws -> ScanLoginClient {
        try client(tokens: Tokens(try await issueToken(user), user), timeout: timeout)
    }

    func client(tokens: any TokenProvider, timeout: Duration = .seconds(6)) throws -> ScanLoginClient {
        try ScanLoginClient(config(timeout: timeout), tokens: tokens)
    }

    func config(timeout: Duration = .seconds(6)) -> ScanLoginConfig {
        var config = ScanLoginConfig(appID: appID, userPoolID: pool, baseURL: URL(string: url)!)
        config.timeout = timeout
        config.allowsInsecureLoopback = true
        return config
    }

    /// A login of a code of its own.
    func login(_ client: ScanLoginClient) async throws -> any PendingLogin {
        try await client.scanned(try await code(client))
    }

    /// A code that the client has read.
    func code(_ client: ScanLoginClient) async throws -> LoginCode {
        try client.readText(try await text(try await makeCode()))
    }

    private func string(_ path: String) async throws -> String { String(decoding: try await get(path), as: UTF8.self) }
    private func get(_ path: String) async throws -> Data { try await send("GET", path) }

    private func post(_ path: String, _ query: [String: String]) async throws -> String {
        let allowed = CharacterSet.alphanumerics
        let pairs = query.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed)!)" }
        return String(decoding: try await send("POST", "/_genauth/\(path)?" + pairs.joined(separator: "&")), as: UTF8.self)
    }

    private func send(_ method: String, _ path: String) async throws -> Data {
        var request = URLRequest(url: URL(string: url + path)!)
        request.httpMethod = method
        let (data, answer) = try await URLSession.shared.data(for: request)
        let status = (answer as! HTTPURLResponse).statusCode
        if status != 200 { throw URLError(.badServerResponse) }
        return data
    }
}

/// The app's own session, as tests need it.
struct Tokens: TokenProvider {
    private let userID: String
    private let fresh: @Sendable () async throws -> String?
    private let state: State

    private final class State: @unchecked Sendable {
        let lock = NSLock()
        var current: String
        var refreshes = 0

        init(_ token: String) { current = token }
    }

    init(_ token: String, _ userID: String, fresh: @escaping @Sendable () async throws -> String? = { nil }) {
        state = State(token)
        self.userID = userID
        self.fresh = fresh
    }

    var refreshes: Int { state.lock.withLock { state.refreshes } }

    func token(refresh: Bool) async throws -> UserToken? {
        if refresh {
            guard let token = try await fresh() else { return nil }
            state.lock.withLock {
                state.refreshes += 1
                state.current = token
            }
        }
        return UserToken(state.lock.withLock { state.current }, userID: userID)
    }
}

/// A provider that is a closure.
struct Provider: TokenProvider {
    let answer: @Sendable (Bool) async throws -> UserToken?

    func token(refresh: Bool) async throws -> UserToken? { try await answer(refresh) }
}

/// What a call throws.
func thrown<Value>(by call: () async throws -> Value) async -> Error? {
    do {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}
